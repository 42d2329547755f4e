import {
  peersFolder,
  at,
  importedWorkspace,
  isFake,
  isTestCode,
  packageOf,
  type Violation,
  workspaceFolderOf,
  type Workspaces,
} from '../places.ts';
import type { SourceFile } from '../source-file.ts';

/**
 * Every package that a file imports stands in the package.json of its own workspace, or the image and the next
 * refactoring find out. npm's hoisting would let it work here by accident. Tests may also use the
 * devDependencies, their workspace's own and the root's; root files may use every workspace. infra/ and the
 * migrations' configuration are in the image, so the root's devDependencies are not for them.
 */
export function importsAreDeclared(file: SourceFile, workspaces: Workspaces): Violation[] {
  const own = workspaces.get(workspaceFolderOf(file.path));
  const root = workspaces.get('');
  if (!own || !root) return [{ path: file.path, line: 1, why: 'stands in a folder without a package.json' }];
  const testing = isTestCode(file.path) || (own === root && !isInTheImage(file.path));
  return file.imports.flatMap((entry) => {
    if (entry.specifier === '<computed>') {
      return testing || computedImports.has(file.path)
        ? []
        : [at(file, entry, 'a computed import hides what it depends on')];
    }
    const name = packageOf(entry.specifier);
    if (name === undefined || name === own.name || own.dependencies.has(name)) return [];
    const workspace = (importedWorkspace(entry, workspaces) ?? '') !== '';
    if ((own === root || own.folder === peersFolder) && workspace) return [];
    if (testing && own.devDependencies.has(name)) return [];
    if (testing && (root.devDependencies.has(name) || (!workspace && root.dependencies.has(name)))) return [];
    return [at(file, entry, `${name} is not declared in ${own.folder || 'the root'}/package.json`)];
  });
}

/** Takes modules of one declared package by their files, which its `exports` keep closed; says so at its top. */
const computedImports: ReadonlySet<string> = new Set(['packages/kafka/src/platformatic/client-parts.ts']);

/** Of the root's files. The image is installed without devDependencies. */
function isInTheImage(path: string): boolean {
  return path.startsWith('infra/') || path === 'mikro-orm.config.ts';
}

/**
 * A workspace is entered through its package.json's exports, never by a path into its folder. The root's files, which
 * compose and test (migrations, configuration schemas), may reach into services, which export nothing.
 */
export function packagesAreEnteredByName(file: SourceFile): Violation[] {
  const own = workspaceFolderOf(file.path);
  return file.imports.flatMap((entry) => {
    if (entry.target === undefined) return [];
    const target = workspaceFolderOf(entry.target);
    if (target === '' || target === own || (own === '' && target.startsWith('services/'))) return [];
    return [at(file, entry, `enters ${target} by a path; import it by its name`)];
  });
}

const testPackages = new Set(['vitest', 'fast-check']);

/** What runs in production imports no test, no fake and no test library. */
export function productionAvoidsTests(file: SourceFile): Violation[] {
  if (isTestCode(file.path) || file.path === 'vitest.config.ts') return [];
  return file.imports
    .filter((entry) => {
      if (entry.target !== undefined) return isTestCode(entry.target) || isFake(entry.target);
      return testPackages.has(packageOf(entry.specifier) ?? '') || isFake(entry.specifier);
    })
    .map((entry) => at(file, entry, `production code imports ${entry.specifier}, which is for tests`));
}
