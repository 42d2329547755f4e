import {
  at,
  importedWorkspace,
  isTestCode,
  type Violation,
  workspaceFolderOf,
  type Workspaces,
} from '../places.ts';
import type { SourceFile } from '../source-file.ts';

/**
 * Services → packages, and no other way: a service never imports another service, a package never a service.
 * Holds for tests too: a test that needs two services crosses them and belongs under test/.
 * Production code of a workspace may not import from the root either (infra/, test/ and configuration files compose
 * workspaces; the reverse would be a circle); its tests may, for the servers they run on.
 */
export function importsPointOneWay(file: SourceFile, workspaces: Workspaces): Violation[] {
  const own = workspaceFolderOf(file.path);
  if (own === '') return [];
  return file.imports.flatMap((entry) => {
    const target = importedWorkspace(entry, workspaces);
    if (target === undefined || target === own) return [];
    if (target.startsWith('services/')) return [at(file, entry, `${own} imports the service ${target}`)];
    if (target === '' && !isTestCode(file.path))
      return [at(file, entry, `${own} imports ${entry.specifier} of the root`)];
    return [];
  });
}

/** packages/retry depends on nothing but Node. Its tests may use the test runner. */
export function retryStandsAlone(file: SourceFile): Violation[] {
  if (workspaceFolderOf(file.path) !== 'packages/retry' || isTestCode(file.path)) return [];
  return file.imports
    .filter((entry) => entry.target === undefined && !entry.specifier.startsWith('node:'))
    .map((entry) => at(file, entry, `packages/retry depends on ${entry.specifier}`));
}

/** The port that packages/kafka implements: an interface, the error that it rejects with, and headers that lie ready. */
const portNames = new Set(['@waybill/outbox/publisher', '@waybill/outbox/record-headers']);
const portFiles = new Set(['packages/outbox/src/publisher.ts', 'packages/outbox/src/record-headers.ts']);

/**
 * kafka needs the port of outbox and must pull in nothing that runs there, or a consumer would load the relay: values
 * come from the port's own entry alone, and types from anywhere. Its tests may use more.
 */
export function kafkaTakesOnlyThePortFromOutbox(file: SourceFile, workspaces: Workspaces): Violation[] {
  if (workspaceFolderOf(file.path) !== 'packages/kafka' || isTestCode(file.path)) return [];
  return file.imports
    .filter((entry) => importedWorkspace(entry, workspaces) === 'packages/outbox')
    .filter((entry) => entry.kind !== 'type' && !portNames.has(entry.specifier))
    .map((entry) =>
      at(file, entry, `packages/kafka imports a value from ${entry.specifier}; only types may cross`),
    );
}

/** The port imports nothing that runs, so that whoever implements it gets the port and no more. */
export function publisherPortStandsAlone(file: SourceFile): Violation[] {
  if (!portFiles.has(file.path)) return [];
  return file.imports
    .filter((entry) => entry.kind !== 'type')
    .map((entry) => at(file, entry, `the port imports ${entry.specifier}`));
}
