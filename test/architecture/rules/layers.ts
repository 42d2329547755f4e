import {
  at,
  importedWorkspace,
  isTestCode,
  packageOf,
  type Violation,
  workspaceFolderOf,
  type Workspaces,
} from '../places.ts';
import type { SourceFile } from '../source-file.ts';

/**
 * service-host is for composition roots: a service's main.ts and the config.ts that it reads. Everything else gets
 * what it needs as an argument, so that it can run in a test without a process around it. Tests, and programs under
 * infra/ and test/, which are roots of their own, are exempt.
 */
export function serviceHostIsForRoots(file: SourceFile, workspaces: Workspaces): Violation[] {
  const own = workspaceFolderOf(file.path);
  if (own === '' || own === 'packages/service-host' || isTestCode(file.path)) return [];
  if (/^services\/[^/]+\/src\/(main|config)\.ts$/.test(file.path)) return [];
  return file.imports
    .filter((entry) => importedWorkspace(entry, workspaces) === 'packages/service-host')
    .map((entry) => at(file, entry, 'service-host is imported by main.ts and config.ts of a service only'));
}

const domainMayUse = new Set(['@waybill/contracts', 'decimal.js', 'typebox']);

/** domain/ is pure: it imports itself, exact decimals and event definitions; no I/O, no ORM, no framework. */
export function domainIsPure(file: SourceFile): Violation[] {
  const domain = /^services\/[^/]+\/src\/domain\//.exec(file.path)?.[0];
  if (domain === undefined || isTestCode(file.path)) return [];
  return file.imports
    .filter((entry) => {
      if (entry.target !== undefined) return !entry.target.startsWith(domain);
      return entry.specifier !== 'node:crypto' && !domainMayUse.has(packageOf(entry.specifier) ?? '');
    })
    .map((entry) => at(file, entry, `the domain imports ${entry.specifier}`));
}

/** The relay engine runs where no entity is known: it speaks SQL through pg, never the ORM. */
export function relayEngineSpeaksSql(file: SourceFile): Violation[] {
  if (!file.path.startsWith('packages/outbox/src/relay/') || isTestCode(file.path)) return [];
  return file.imports
    .filter((entry) => (packageOf(entry.specifier) ?? '').startsWith('@mikro-orm/'))
    .map((entry) => at(file, entry, `the relay engine imports ${entry.specifier}`));
}
