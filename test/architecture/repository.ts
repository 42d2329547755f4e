import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder, type Workspace, type Workspaces } from './places.ts';
import { parseSource, type SourceFile } from './source-file.ts';

/** The repository's root folder, absolute. */
export const root = join(import.meta.dirname, '../..');

const isSource = (path: string) => /\.[cm]?[jt]sx?$/.test(path);

/** Source files that git tracks or would track: committed and new ones, without what is ignored or just deleted. */
export function sourcesThatGitSees(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => isSource(path) && existsSync(join(root, path)))
    .toSorted();
}

/** The same files found by walking the folders: it does not ask git, so the two lists hold each other. */
export function sourcesOnDisk(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === '.git' || entry.name === '.local') return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesOnDisk(path);
    return entry.isFile() && isSource(path) ? [path] : [];
  });
}

/** Reads and parses one file of the repository. */
export function readSource(path: string): SourceFile {
  return parseSource(path, readFileSync(join(root, path), 'utf8'));
}

type Manifest = Readonly<Record<string, unknown>>;

/** One package.json as plain data. `folder` is '' for the root. */
export function readManifest(folder: string): Manifest {
  const parsed: unknown = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  if (typeof parsed !== 'object' || parsed === null)
    throw new Error(`${folder}/package.json is not an object`);
  return Object.fromEntries(Object.entries(parsed));
}

/** The folders of all workspaces, the root's '' first. */
export function workspaceFolders(): string[] {
  const below = ['packages', 'services'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  return ['', ...below.filter((folder) => existsSync(join(root, folder, 'package.json')))];
}

/** The entries of one dependency list of a manifest: name → version. */
export function versionsUnder(manifest: Manifest, list: string): ReadonlyMap<string, string> {
  const found = manifest[list] ?? {};
  return new Map(Object.entries(found).map(([name, version]) => [name, String(version)]));
}

/** Every workspace with what it declares, and the one package that is none. */
export function readWorkspaces(): Workspaces {
  return new Map(
    [...workspaceFolders(), peersFolder].map((folder): [string, Workspace] => {
      const manifest = readManifest(folder);
      const names = (list: string) => [...versionsUnder(manifest, list).keys()];
      return [
        folder,
        {
          folder,
          name: String(manifest['name']),
          dependencies: new Set([...names('dependencies'), ...names('optionalDependencies')]),
          devDependencies: new Set(names('devDependencies')),
        },
      ];
    }),
  );
}
