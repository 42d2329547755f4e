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

/**
 * kafka implements the Publisher port of outbox: it needs the port's types and must pull in nothing that runs, or a
 * consumer would load the relay. Its tests may use more.
 */
export function kafkaTakesOnlyTypesFromOutbox(file: SourceFile, workspaces: Workspaces): Violation[] {
  if (workspaceFolderOf(file.path) !== 'packages/kafka' || isTestCode(file.path)) return [];
  return file.imports
    .filter((entry) => importedWorkspace(entry, workspaces) === 'packages/outbox' && entry.kind !== 'type')
    .map((entry) =>
      at(file, entry, `packages/kafka imports a value from ${entry.specifier}; only types may cross`),
    );
}
