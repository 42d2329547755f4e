/*
 * Adds to package-lock.json the optional packages of other platforms that `npm install` left out, which it does when
 * its registry or mirror does not carry them; `npm ci` then refuses the lock. The entries hold what the names say
 * (version, system, processor) and no integrity, because nobody here saw the bytes; a machine of that platform takes
 * them from its own registry. Run `node infra/install/complete-lock.mjs` after adding a package.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

const file = path.resolve(import.meta.dirname, '..', '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = missingFrom(lock.packages);
const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(added) });
packages.sort(([a], [b]) => a.localeCompare(b, 'en'));
if (added.length > 0)
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
console.error(
  added.length === 0 ? 'package-lock.json is complete' : `added ${added.length} packages of other platforms`,
);

function missingFrom(locked) {
  return Object.entries(locked).flatMap(([parent, { optionalDependencies = {}, dev }]) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) => !(`node_modules/${name}` in locked) && !(`${parent}/node_modules/${name}` in locked),
      )
      .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, dev)]),
  );
}

function entryFor(name, version, dev) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not say which platform it is for`);
  const libc = words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {};
  return { version, cpu: [cpu], ...(dev === true ? { dev } : {}), ...libc, optional: true, os: [os] };
}
