import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runAsSuperuser, urlOn } from '../../../../test/servers/databases.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { linkedFiles, packOutbox } from '../../bin/tarball.ts';

const repository = path.resolve(import.meta.dirname, '../../../..');
const folder = temporaryFolder();
const installed = path.join(folder.path, 'node_modules/@waybill/outbox');

interface PackedManifest {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** `@waybill/outbox/relay` for `./relay`. */
const specifiersOf = ({ exports }: PackedManifest): string[] =>
  Object.keys(exports).map((entry) => path.posix.join('@waybill/outbox', entry));

function readManifest(): PackedManifest {
  return JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
}

/** In the project, with nothing of this run's environment but the PATH. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    return execFileSync(command, args, {
      cwd: folder.path,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
    });
  } catch (cause) {
    const { stdout, stderr } = Object(cause);
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`, { cause });
  }
}

/** A project outside the repository: the tarball's content, and the packages that it asks for as peers. */
beforeAll(async () => {
  const tarball = packOutbox(folder.path);
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
  for (const name of [...Object.keys(readManifest().peerDependencies), '@types/node']) {
    const link = path.join(folder.path, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(repository, 'node_modules', name), link);
  }
  writeFileSync(path.join(folder.path, 'package.json'), JSON.stringify({ type: 'module' }));
  await runAsSuperuser(`create role notes login password 'notes'`, 'create database notes owner notes');
});
afterAll(async () => {
  await runAsSuperuser('drop database if exists notes with (force)', 'drop role if exists notes');
  await folder[Symbol.asyncDispose]();
});

test('the tarball has what its exports and its README lead to, and no test of its own', () => {
  const targets = Object.values(readManifest().exports).flatMap((entry) => [entry.types, entry.default]);
  const links = linkedFiles(readFileSync(path.join(installed, 'README.md'), 'utf8'));
  expect(links).toContain('examples/invoices/relay.ts');
  expect([...targets, ...links].filter((file) => !existsSync(path.join(installed, file)))).toEqual([]);
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  const isOwnTest = /^(?!examples).*(test|fixture|bench|(?<!\.d)\.ts$)/;
  expect(files.filter((file) => isOwnTest.test(file))).toEqual([]);
});

test('it can be installed from anywhere: not private, nothing of this repository, its peers by range', () => {
  const manifest = readManifest();
  expect(manifest).not.toHaveProperty('private');
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest.peerDependencies).toEqual({
    '@mikro-orm/core': expect.stringMatching(/^\^7\./),
    '@mikro-orm/migrations': expect.stringMatching(/^\^7\./),
    '@mikro-orm/postgresql': expect.stringMatching(/^\^7\./),
    '@types/pg': expect.stringMatching(/^\^8\./),
    pg: expect.stringMatching(/^\^8\./),
    vitest: expect.stringMatching(/^\^\d/),
  });
});

test('Node imports every entry', () => {
  const program = `for (const name of process.argv.slice(1)) console.log(name, Object.keys(await import(name)).length > 0)`;
  const specifiers = specifiersOf(readManifest());
  expect(
    run(process.execPath, ['--input-type=module', '-e', program, ...specifiers])
      .trim()
      .split('\n'),
  ).toEqual(specifiers.map((name) => `${name} true`));
});

test('a project in plain JavaScript migrates, enqueues and relays with it', () => {
  cpSync(path.join(import.meta.dirname, 'notes.test.js'), path.join(folder.path, 'notes.test.js'));
  expect(run(process.execPath, ['--test'], { DATABASE_URL: urlOn('notes', 'notes') })).toMatch(
    /^\S+ pass 1$/m,
  );
});

test('a project in TypeScript compiles the README’s example against its declarations', () => {
  const sources = path.join(folder.path, 'src');
  cpSync(path.resolve(import.meta.dirname, '../invoices'), sources, {
    recursive: true,
    filter: (file) => !file.endsWith('.test.ts'),
  });
  writeFileSync(
    path.join(sources, 'every-entry.ts'),
    specifiersOf(readManifest())
      .map((name, i) => `export * as entry${i} from '${name}';\n`)
      .join(''),
  );
  writeFileSync(
    path.join(folder.path, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'esnext',
        lib: ['esnext'],
        module: 'nodenext',
        types: ['node'],
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        skipLibCheck: false, // or a name that they cannot resolve is an any
      },
      include: ['src'],
    }),
  );
  const listed = run(path.join(repository, 'node_modules/.bin/tsc'), ['--listFilesOnly']).split('\n');
  expect(listed.filter((file) => file.includes('/@waybill/outbox/') && !file.endsWith('.d.ts'))).toEqual([]);
  expect(run(path.join(repository, 'node_modules/.bin/tsc'), [])).toBe('');
});
