import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../../infra/local/repository-root.ts';
import { mutate, projectOf } from './mutant.ts';
import { mutants } from './mutants.ts';

const read = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');

it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s can still be made', (_name, mutant) => {
  expect(mutate(read(mutant.file), mutant)).not.toBe(read(mutant.file));
  expect(mutant.tests.filter((test) => !existsSync(path.join(repositoryRoot, test)))).toEqual([]);
  expect(() => projectOf(mutant.tests)).not.toThrow();
  const { only } = mutant;
  if (only === undefined) return;
  // A title may be put together from a table: then its parts are in the file, and only a run can tell.
  const isNamed = mutant.tests.some((test) => read(test).includes(only) || read(test).includes('.each'));
  expect(isNamed).toBe(true);
});

it('names no mutant twice', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});
