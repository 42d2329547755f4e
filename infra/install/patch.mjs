import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Stop } from './stop.mjs';

/** A file of an installed package is neither the released one nor the patched one. */
export class UnknownContent extends Stop {}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/**
 * Applies every `patches/*.json` to `node_modules`. A patch names, per file, the hash of the released content, the
 * edits (each text occurs exactly once), and the hash of the result. Run again it changes nothing.
 *
 * @param {string} root the clone's top folder
 * @param {string} patchesDir
 * @returns {string[]} the files that were changed now
 * @throws UnknownContent, Stop
 */
export function applyPatches(root, patchesDir) {
  return readPatches(patchesDir).flatMap(({ name, patch }) => {
    const folder = folderOf(root, patch);
    requireVersion(folder, patch, name);
    const changed = patch.files.filter((entry) => applyTo(path.join(folder, entry.file), entry, patch));
    return changed.map(({ file }) => file);
  });
}

function readPatches(patchesDir) {
  return patchFiles(patchesDir).map((name) => ({
    name,
    patch: JSON.parse(readFileSync(path.join(patchesDir, name), 'utf8')),
  }));
}

function folderOf(root, patch) {
  return path.join(root, 'node_modules', ...patch.package.split('/'));
}

/** Whether every file that a patch names has the content that the patch leaves behind. */
export function isPatched(root, patchesDir) {
  return readPatches(patchesDir).every(({ patch }) =>
    patch.files.every(({ file, afterSha256 }) => {
      const installed = path.join(folderOf(root, patch), file);
      return existsSync(installed) && sha256(readFileSync(installed, 'utf8')) === afterSha256;
    }),
  );
}

/** Changes when any patch does. */
export function patchesHash(patchesDir) {
  const contents = patchFiles(patchesDir).map((name) => readFileSync(path.join(patchesDir, name), 'utf8'));
  return sha256(contents.join('\0'));
}

function patchFiles(patchesDir) {
  if (!existsSync(patchesDir)) return [];
  return readdirSync(patchesDir)
    .filter((name) => name.endsWith('.json'))
    .sort();
}

function requireVersion(folder, patch, name) {
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (version === patch.version) return;
  throw new Stop(
    `infra/install/patches/${name} is for ${patch.package} ${patch.version}, but ${version} is installed: ` +
      'make the patch anew for that version, or remove it if it is no longer needed',
  );
}

/** True when the file was changed. */
function applyTo(file, { beforeSha256, afterSha256, edits }, patch) {
  const content = readFileSync(file, 'utf8');
  const found = sha256(content);
  if (found === afterSha256) return false;
  if (found !== beforeSha256) {
    throw new UnknownContent(
      `${file} is neither the file of ${patch.package} ${patch.version} nor the patched one (sha256 ${found}): ` +
        'remove node_modules and run this again',
    );
  }
  const patched = edits.reduce((text, edit) => replaceOnce(text, edit, file), content);
  if (sha256(patched) !== afterSha256)
    throw new Stop(`the patch of ${file} does not give the content it promises`);
  // Renamed into place: a process that loads the file now sees the old or the new one, never a half.
  const fresh = `${file}.${randomUUID()}`;
  writeFileSync(fresh, patched);
  renameSync(fresh, file);
  return true;
}

function replaceOnce(text, { find, replace }, file) {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Stop(`the patch of ${file} looks for a text that occurs ${parts.length - 1} times`);
  return parts.join(replace);
}
