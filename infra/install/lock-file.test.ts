import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../local/repository-root.ts';

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

it('locks every optional package of every platform, or npm ci refuses the lock (mend: node infra/install/complete-lock.mjs)', () => {
  const text = readFileSync(path.join(repositoryRoot, 'package-lock.json'), 'utf8');
  const { packages }: { packages: Readonly<Record<string, Locked>> } = JSON.parse(text);
  const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${parent}/node_modules/${name}` in packages),
    ),
  );
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});
