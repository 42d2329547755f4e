import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { patchesHash } from './patch.mjs';

const stampOf = (root) => path.join(root, 'node_modules', '.waybill-install.json');

/** What an installed tree depends on: the lock, the patches and the platform whose optional packages were chosen. */
export function wantedStamp(root, patchesDir) {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  return {
    lockSha256: createHash('sha256').update(lock).digest('hex'),
    patchesSha256: patchesHash(patchesDir),
    platform: `${process.platform}-${process.arch}`,
  };
}

/** Whether the tree was installed and patched from just this. */
export function isStamped(root, wanted) {
  const stamp = readJson(stampOf(root));
  return stamp !== undefined && Object.entries(wanted).every(([name, value]) => stamp[name] === value);
}

export function writeStamp(root, wanted) {
  writeFileSync(stampOf(root), `${JSON.stringify(wanted, null, 2)}\n`);
}

/**
 * Whether npm itself says that it put exactly the lock's packages there, as after a developer's own `npm install`:
 * its hidden lock file is written last and removed by an install that is cut off.
 */
export function treeMatchesLock(root) {
  const locked = packagesOf(path.join(root, 'package-lock.json'));
  const present = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  if (locked === undefined || present === undefined) return false;
  const sameOrLeftOut = ([place, wanted]) => {
    const found = present[place];
    if (found === undefined) return place === '' || (wanted.optional === true && !isForExactlyHere(wanted));
    return found.version === wanted.version && found.integrity === wanted.integrity;
  };
  const isLocked = (place) => locked[place] !== undefined;
  return Object.entries(locked).every(sameOrLeftOut) && Object.keys(present).every(isLocked);
}

/**
 * npm leaves out optional packages of other platforms, and may leave out those that name no platform (they belong to
 * one that was left out) or a C library (which Node cannot tell).
 */
function isForExactlyHere({ os, cpu, libc }) {
  return os !== undefined && libc === undefined && isForHere({ os, cpu });
}

function isForHere({ os, cpu }) {
  const allows = (list, value) => list === undefined || [list].flat().includes(value);
  return allows(os, process.platform) && allows(cpu, process.arch);
}

function packagesOf(file) {
  return readJson(file)?.packages;
}

function readJson(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // cut off while it was written: as good as none
  }
}

/** The folders that the lock puts on this platform, for the progress line. */
export function packageFolders(root) {
  return Object.entries(packagesOf(path.join(root, 'package-lock.json')) ?? {})
    .filter(([place, entry]) => place.startsWith('node_modules/') && entry.link !== true && isWanted(entry))
    .map(([place]) => path.join(root, place));
}

function isWanted(entry) {
  return entry.optional === true ? isForExactlyHere(entry) : isForHere(entry);
}
