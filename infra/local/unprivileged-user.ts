import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { LocalServerError } from './local-server.ts';

export interface HostUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root starts it as a user that the host already has. Undefined when we are
 * not root and can run it ourselves.
 *
 * @throws LocalServerError MISSING_TOOL when the host has neither postgres nor nobody
 */
export function userForPostgres(): HostUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const user = lookUp(name);
    if (user !== undefined) return user;
  }
  throw new LocalServerError(
    'MISSING_TOOL',
    'PostgreSQL does not run as root and this machine has no user postgres or nobody: run Waybill as a plain user',
  );
}

function lookUp(name: string): HostUser | undefined {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { name, uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined; // id exits 1 for a name it does not know
  }
}

/** Whether `user` may walk through every folder down to and including `folder`. ACLs are not looked at. */
export function canReach(user: HostUser, folder: string): boolean {
  const stat = statSync(folder);
  const bit = stat.uid === user.uid ? 0o100 : stat.gid === user.gid ? 0o010 : 0o001;
  if ((stat.mode & bit) === 0) return false;
  const parent = path.dirname(folder);
  return parent === folder || canReach(user, parent);
}
