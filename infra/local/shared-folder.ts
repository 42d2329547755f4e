import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { LocalServerError } from './local-server.ts';

/** Survives a reboot and everybody may walk through it; `/tmp` may be wiped while the server runs. */
const everybodysFolder = '/var/tmp';

/**
 * A folder of root's that every user can walk through. The name can be guessed and everybody may write to /var/tmp,
 * so a folder that somebody else made there is refused.
 *
 * @throws LocalServerError UNSAFE_FOLDER
 */
export function sharedFolder(name: string): string {
  const folder = path.join(everybodysFolder, name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== 0 || (stat.mode & 0o022) !== 0) {
    throw new LocalServerError(
      'UNSAFE_FOLDER',
      `${folder} is not a folder that only root can write to: remove it and start again`,
    );
  }
  return folder;
}

/**
 * Where the data of `link` lies when its own place cannot be reached by the user that needs it: in a shared folder,
 * with `link` pointing there. The link is the only owner: when it is gone (somebody removed `.local` or made a fresh
 * clone in its place), the old data is dropped and a new place is begun, so that no half of a system outlives the
 * other half.
 *
 * @returns a path whose parent exists
 */
export function movedPlace(link: string): string {
  const home = sharedFolder(`waybill-${createHash('sha256').update(link).digest('hex').slice(0, 16)}`);
  const current = linkTarget(link);
  if (current !== undefined && path.dirname(path.dirname(current)) === home) {
    mkdirSync(path.dirname(current), { recursive: true });
    return current;
  }
  for (const orphan of readdirSync(home)) rmSync(path.join(home, orphan), { recursive: true, force: true });
  const place = path.join(home, randomUUID(), 'data');
  mkdirSync(path.dirname(place));
  rmSync(link, { force: true });
  symlinkSync(place, link);
  return place;
}

/** Undefined when it is no link, or not there. */
export function linkTarget(link: string): string | undefined {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true
    ? readlinkSync(link)
    : undefined;
}
