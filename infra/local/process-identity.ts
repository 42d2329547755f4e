import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * What tells a process from a later one that got the same pid: when it began. Undefined when it does not run
 * (a zombie, which only waits for its parent, does not run any more).
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== 'linux') return identityFromPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold spaces; after it come state (field 3) … starttime (field 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined; // the folder of a process that is gone cannot be read
  }
}

function identityFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}

export interface KnownProcess {
  readonly pid: number;
  readonly identity: string;
}

/** Remembers a running process; nothing is written when it is already gone. */
export function writePidFile(file: string, pid: number): void {
  const identity = processIdentity(pid);
  if (identity !== undefined) writeFileSync(file, `${pid}\n${identity}\n`);
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}

/** The process that the file names, if it still is the one that the file was written for. */
export function livingProcessOf(file: string): KnownProcess | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined; // no file: nobody
  }
  const [first = '', identity = ''] = text.split('\n');
  const pid = Number(first);
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  return processIdentity(pid) === identity ? { pid, identity } : undefined;
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signalProcess(known: KnownProcess, signal: NodeJS.Signals): boolean {
  if (processIdentity(known.pid) !== known.identity) return false;
  try {
    process.kill(known.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
