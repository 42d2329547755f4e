import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second in /proc (`getconf CLK_TCK`): 100 on every Linux that runs Node. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Of the process itself, user and system, in ticks. */
  readonly own: number;
  /** Of its children that have ended and were waited for. */
  readonly reaped: number;
}

/** proc(5), /proc/PID/stat: the name in parentheses may hold anything; fields count from behind it. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // it has ended
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (field: number): number => Number(fields[field - 3]);
  return { parent: at(4), own: at(14) + at(15), reaped: at(16) + at(17) };
}

/** CPU time that a process has used, in seconds, to 10 ms. */
export function cpuSeconds(pid: number): number {
  return (statOf(pid)?.own ?? 0) / ticksPerSecond;
}

/** CPU time of a process and all its children, those that have ended included, in seconds. */
export function cpuSecondsWithChildren(pid: number): number {
  const parent = statOf(pid);
  let ticks = (parent?.own ?? 0) + (parent?.reaped ?? 0);
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat?.parent === pid) ticks += stat.own;
  }
  return ticks / ticksPerSecond;
}

/** The most memory that a process ever had resident, in bytes. */
export function peakResidentBytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) * 1024;
}
