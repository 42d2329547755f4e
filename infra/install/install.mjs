/*
 * Makes a fresh clone runnable: installs the packages of package-lock.json and patches them, and does nothing when
 * that was done. Plain JavaScript for any Node from 20 on, because the Node that runs TypeScript is among what it
 * installs. It prints to stderr only.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isStamped, treeMatchesLock, wantedStamp, writeStamp } from './installed.mjs';
import { withLock } from './lock.mjs';
import { npmCi } from './npm-ci.mjs';
import { applyPatches, isPatched, UnknownContent } from './patch.mjs';
import { requireInstalledNode, requireNode } from './required-node.mjs';
import { Stop } from './stop.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '..', '..');
const patchesDir = path.join(here, 'patches');

async function install() {
  requireNode();
  if (isDone(wantedStamp(root, patchesDir))) return;
  const say = (line) => process.stderr.write(`${line}\n`);
  await withLock(path.join(root, '.local', 'install.lock'), installNow, () =>
    say('Waiting for another install to end'),
  );
}

/** The files are looked at too: somebody may have put the released package back by hand. */
function isDone(wanted) {
  return isStamped(root, wanted) && isPatched(root, patchesDir);
}

async function installNow() {
  const wanted = wantedStamp(root, patchesDir);
  if (isDone(wanted)) return; // whoever held the lock before us did it
  const isFresh = !treeMatchesLock(root);
  if (isFresh) await npmCi(root);
  try {
    applyPatches(root, patchesDir);
  } catch (error) {
    // An earlier version of the patch is in the files: get them as they were released.
    if (isFresh || !(error instanceof UnknownContent)) throw error;
    await npmCi(root);
    applyPatches(root, patchesDir);
  }
  requireInstalledNode(root);
  writeStamp(root, wanted);
}

try {
  await install();
} catch (error) {
  console.error(error instanceof Stop ? `\n${error.message}` : error);
  process.exitCode = 1;
}
