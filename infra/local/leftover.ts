import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from './local-server.ts';
import {
  type KnownProcess,
  livingProcessOf,
  processIdentity,
  removePidFile,
  signalProcess,
} from './process-identity.ts';

export interface Ending {
  /** The signal that asks for an orderly end. */
  readonly stopSignal: NodeJS.Signals;
  /** ms until it is killed instead. */
  readonly limitMs: number;
}

/**
 * Ends what a killed run left behind, if the pid file's process still is ours. It is ended, not taken over: nobody
 * knows which version, port and settings it has, and an orderly end costs a second.
 */
export async function endLeftover(
  pidFile: string,
  name: string,
  ending: Ending,
  progress: Progress,
): Promise<void> {
  const leftover = livingProcessOf(pidFile);
  if (leftover !== undefined) {
    progress(
      `An earlier run was killed and left its ${name} behind (pid ${leftover.pid}): ending that one first`,
    );
    await endProcess(leftover, ending);
  }
  removePidFile(pidFile);
}

/** Asks a process to end, and kills it when it has not within the limit. Resolves when it is gone. */
export async function endProcess(known: KnownProcess, ending: Ending): Promise<void> {
  const killAt = performance.now() + ending.limitMs;
  let running = signalProcess(known, ending.stopSignal);
  while (running) {
    await delay(20);
    running = performance.now() < killAt ? isRunning(known) : signalProcess(known, 'SIGKILL');
  }
}

function isRunning(known: KnownProcess): boolean {
  return processIdentity(known.pid) === known.identity;
}
