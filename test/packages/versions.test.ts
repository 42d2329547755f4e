import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { peersFolder } from '../architecture/places.ts';
import { readManifest, root, versionsUnder, workspaceFolders } from '../architecture/repository.ts';
import {
  differingVersions,
  inexactVersions,
  type Dependency,
  type LockedPackage,
  readLock,
} from './versions.ts';

const lists = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
const declared: Dependency[] = [...workspaceFolders(), peersFolder].flatMap((folder) =>
  lists.flatMap((list) =>
    [...versionsUnder(readManifest(folder), list)].map(([name, version]) => ({ folder, name, version })),
  ),
);
const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
const locked: LockedPackage[] = readLock(lockText);

describe('the versions that package.json files name', () => {
  test('are exact', () => {
    expect(declared.length).toBeGreaterThan(20);
    expect(inexactVersions(declared)).toEqual([]);
  });

  test('are the same in every workspace', () => {
    // openapi-typescript needs the compiler's JavaScript API, which TypeScript 7 does not have.
    const elsewhere = declared.filter(
      ({ folder, name }) => !(folder === 'packages/client' && name === 'typescript'),
    );
    expect(differingVersions(elsewhere)).toEqual([]);
  });

  test.each([
    '^1.2.3',
    '~1.2.3',
    '1.2',
    '*',
    'latest',
    '>=1.0.0',
    'file:../a',
    'github:a/b',
    '1.2.3 || 2.0.0',
  ])('are refused when they read %s', (version) =>
    expect(inexactVersions([{ folder: '', name: 'a', version }])).toHaveLength(1),
  );

  test('are refused when two workspaces differ', () => {
    const two = ['1.0.0', '1.0.1'].map((version) => ({ folder: version, name: 'a', version }));
    expect(differingVersions(two)).toEqual(['a: 1.0.0, 1.0.1']);
  });
});

const mikroOrm = versionsUnder(readManifest(''), 'dependencies').get('@mikro-orm/core');

// MikroORM refuses to start when its packages differ; a second, nested copy would have a metadata registry of its own.
test.each(['core', 'postgresql', 'migrations', 'cli'])(
  '@mikro-orm/%s is locked once, at the common version',
  (name) => {
    const versions = locked
      .filter((one) => one.path.endsWith(`node_modules/@mikro-orm/${name}`))
      .map((one) => one.version);
    expect(versions).toEqual([mikroOrm]);
  },
);

describe('the lock file', () => {
  test('names no registry: each machine uses its own', () => {
    expect(locked.filter((one) => /^[a-z+]+:/.test(one.resolved ?? ''))).toEqual([]);
    expect(lockText).not.toMatch(/registry|artifactory|verdaccio|nexus/i);
  });

  // npm writes no hash for an optional package of another platform that its registry did not carry.
  test('has a hash for everything that can run on Linux with glibc', () => {
    const wanted = locked.filter((one) => one.source === 'registry' && !one.isForElsewhere);
    expect(wanted.length).toBeGreaterThan(100);
    expect(wanted.filter((one) => !one.integrity).map((one) => one.path)).toEqual([]);
  });

  test('knows every workspace', () => {
    expect(
      locked
        .filter((one) => one.source === 'workspace')
        .map((one) => one.path)
        .toSorted(),
    ).toEqual(workspaceFolders().toSorted());
  });

  test('lists every package with an install script as not allowed to run it', () => {
    const scripted = new Set(locked.filter((one) => one.hasInstallScript).map((one) => one.name));
    const answers = versionsUnder(readManifest(''), 'allowScripts');
    expect([...answers.values()].filter((answer) => answer !== 'false')).toEqual([]);
    expect([...scripted].filter((name) => !answers.has(name))).toEqual([]);
  });
});
