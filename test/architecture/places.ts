import { posix } from 'node:path';
import type { Import, SourceFile } from './source-file.ts';

/** What the rules know about a workspace: where it lies and what its package.json declares. */
export interface Workspace {
  /** `packages/outbox`, `services/order-api`; the empty string is the root. */
  readonly folder: string;
  /** `@waybill/outbox`. */
  readonly name: string;
  /** Names under dependencies and optionalDependencies. */
  readonly dependencies: ReadonlySet<string>;
  /** Names under devDependencies. */
  readonly devDependencies: ReadonlySet<string>;
}

/** Every workspace by folder, the root under ''. */
export type Workspaces = ReadonlyMap<string, Workspace>;

/** One broken rule, ready to print. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly why: string;
}

/** A package apart, with a lockfile of its own: installed only by whoever measures other relays. */
export const peersFolder = 'test/bench/relay/peers';

/** `packages/outbox` for `packages/outbox/src/event.ts`; '' for what lies outside packages and services. */
export function workspaceFolderOf(path: string): string {
  if (path.startsWith(`${peersFolder}/`)) return peersFolder;
  return /^(?:packages|services)\/[^/]+/.exec(path)?.[0] ?? '';
}

/** A test or what only tests use: nothing here runs in a service. */
export function isTestCode(path: string): boolean {
  return (
    path.startsWith('test/') ||
    /\.(test|bench)\.[cm]?[jt]s$/.test(path) ||
    isFake(path) ||
    isContractTest(path)
  );
}

/** A stand-in for a real dependency: `users.fake.ts`, `fakes/users.ts`, `in-memory/users.ts`, `in-memory-users.ts`. */
export function isFake(path: string): boolean {
  return (
    /(^|\/)(fakes|in-memory|testing)\//.test(path) ||
    /(^|[/.-])(fakes?|in-memory)([.-])/.test(posix.basename(path))
  );
}

/** One test text run over several implementations: `users.contract.ts`. */
function isContractTest(path: string): boolean {
  return /\.(contract|fixture|fixtures)\.ts$/.test(path);
}

/** The package that a bare specifier asks for: `@scope/name` or `name`; undefined for relative and `node:`. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const [first = specifier, second] = specifier.split('/');
  return first.startsWith('@') && second !== undefined ? `${first}/${second}` : first;
}

/** The workspace folder that an import ends in, or undefined for npm and node modules. '' is the root. */
export function importedWorkspace(entry: Import, workspaces: Workspaces): string | undefined {
  if (entry.target !== undefined) return workspaceFolderOf(entry.target);
  const name = packageOf(entry.specifier);
  return [...workspaces.values()].find((workspace) => workspace.folder !== '' && workspace.name === name)
    ?.folder;
}

/** A violation at an import of a file. */
export function at(file: SourceFile, entry: { readonly line: number }, why: string): Violation {
  return { path: file.path, line: entry.line, why };
}
