import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Progress } from '../local-server.ts';

/**
 * After a kill, postmaster.pid stays. PostgreSQL removes it itself unless its pid runs again as something else of the
 * same user (a new container, a reboot); then it refuses for ever, so the file goes here. A living postgres with that
 * pid keeps it: two servers on one folder would destroy it.
 */
export function mendStaleLock(cluster: string, progress: Progress): void {
  const file = path.join(cluster, 'postmaster.pid');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return; // ended in good order
  }
  const pid = Number(text.split('\n')[0]);
  const command = commandOf(pid);
  if (command === undefined || /postgres|postmaster/.test(command)) return;
  progress(`Removing the lock of a killed PostgreSQL (its pid ${pid} is ${command} now)`);
  rmSync(file, { force: true });
}

function commandOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined; // not running: PostgreSQL mends that itself
  }
}
