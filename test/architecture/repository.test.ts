import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSource, readWorkspaces, root, sourcesOnDisk, sourcesThatGitSees } from './repository.ts';
import { rules } from './rules/index.ts';

/** The rules of `rules/` over the whole repository. Each is seen to fail in `rules.test.ts`. */

const paths = sourcesThatGitSees();
const files = paths.map(readSource);
const workspaces = readWorkspaces();

test('every source file that git tracks was read, and every one on disk is tracked or ignored', () => {
  expect(files.map((file) => file.path)).toEqual(paths);
  expect(paths.filter((path) => path.endsWith('.ts')).length).toBeGreaterThan(0);
  // Git's list and the walk know nothing of each other. Only files that git ignores may be missing from its list,
  // and .gitignore ignores folders that the walk leaves out and no source file.
  expect(sourcesOnDisk().toSorted()).toEqual(paths);
});

test('no import was overlooked: every line that looks like one is among those found', () => {
  const overlooked = files.flatMap((file) => {
    const found = new Set(file.imports.map((entry) => entry.specifier));
    const text = readFileSync(join(root, file.path), 'utf8');
    return [...text.matchAll(/^(?:import|export|\})[^'"`\n]* from '([^']+)';$/gm)]
      .filter(([, specifier = '']) => !found.has(specifier))
      .map(([line]) => `${file.path}: ${line}`);
  });
  expect(overlooked).toEqual([]);
  expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(files.length);
});

test.each(Object.entries(rules))('%s', (_name, rule) => {
  const violations = files.flatMap((file) => rule(file, workspaces));
  expect(violations.map(({ path, line, why }) => `${path}:${line} ${why}`)).toEqual([]);
});

test('workspaces depend on each other without a circle', () => {
  const byName = new Map([...workspaces.values()].map((workspace) => [workspace.name, workspace]));
  const circleFrom = (name: string, trail: readonly string[]): string[] => {
    if (trail.includes(name)) return [[...trail, name].join(' → ')];
    const next = [...(byName.get(name)?.dependencies ?? [])].filter((dependency) => byName.has(dependency));
    return next.flatMap((dependency) => circleFrom(dependency, [...trail, name]));
  };
  expect([...byName.keys()].flatMap((name) => circleFrom(name, []))).toEqual([]);
});
