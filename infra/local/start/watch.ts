import { isChild, type RunningServer } from '../local-server.ts';
import { lastLines } from '../server-log.ts';

/** Something that has to run does not run any more. */
export class Died extends Error {
  constructor(name: string, outcome: string, logFile: string) {
    super(`${name} died (${outcome}); its last lines (${logFile}):\n${lastLines(logFile)}`);
    this.name = 'Died';
  }
}

/**
 * Resolves when `signal` aborts. Nothing is restarted: on a developer's machine a process that died is something to
 * look at, and a restart would hide it.
 *
 * @throws Died as soon as one of them is gone before that
 */
export async function untilInterrupted(
  running: readonly RunningServer[],
  signal: AbortSignal,
): Promise<void> {
  const interrupted = new Promise<'interrupted'>((resolve) => {
    if (signal.aborted) resolve('interrupted');
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  const deaths = running
    .filter(isChild)
    .map(async ({ name, exited, logFile }) => new Died(name, await exited, logFile));
  const outcome = await Promise.race([interrupted, ...deaths]);
  if (outcome !== 'interrupted' && !signal.aborted) throw outcome;
}
