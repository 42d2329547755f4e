/**
 * `npm start`: the whole system on this machine, until Ctrl-C. Everything that it makes lies in `.local/`, and the
 * next start finds it again.
 */
import { LocalServerError, type RunningServer } from './local-server.ts';
import { printBanner } from './start/print-banner.ts';
import { bringUp } from './start/bring-up.ts';
import { removeEndpoints } from './start/endpoints.ts';
import { home } from './start/home.ts';
import { interruption } from './start/interruption.ts';
import { killEverything, shutDown } from './start/shutdown.ts';
import { AlreadyRunning, takePlace } from './start/single-run.ts';
import { Died, untilInterrupted } from './start/watch.ts';

/** Leaves half a second of the ten that Ctrl-C may take. */
const shutDownWithinMs = 9_500;

const startedAt = performance.now();
const seconds = (): number => (performance.now() - startedAt) / 1000;

function progress(line: string): void {
  console.log(`${seconds().toFixed(1).padStart(6)} s  ${line}`);
}

/** The exit code: 0 after Ctrl-C, 1 when something failed. */
async function run(): Promise<0 | 1> {
  const signal = interruption({
    source: process,
    now: () => performance.now(),
    onAgain: () => {
      killEverything();
      console.log('Killed at once, as asked twice');
      process.exit(1);
    },
  });
  signal.addEventListener('abort', () => progress('Ending everything'), { once: true });
  const running: RunningServer[] = [];
  let failure: unknown;
  try {
    const system = await bringUp(running, progress, signal);
    printBanner(system, seconds());
    await untilInterrupted([...system.services, ...system.servers], signal);
  } catch (error) {
    // What fails while everything is being ended on request is a part of that.
    if (!signal.aborted) failure = error;
  }
  if (failure !== undefined) report(failure);
  removeEndpoints();
  await shutDown(running, shutDownWithinMs, progress);
  return failure === undefined ? 0 : 1;
}

/** Errors that say what to do are one message; all others are bugs and keep their stack. */
function report(error: unknown): void {
  const isForReader =
    error instanceof LocalServerError || error instanceof AlreadyRunning || error instanceof Died;
  console.error(isForReader ? `\n${error.message}\n` : error);
}

async function main(): Promise<0 | 1> {
  if (process.env['WAYBILL_ENV'] === 'production') {
    console.error(
      'npm start is for development: its passwords are public, and in production no secret has a default. ' +
        'Run each service with its own secrets, or leave WAYBILL_ENV unset.',
    );
    return 1;
  }
  try {
    const leave = takePlace(home);
    try {
      return await run();
    } finally {
      leave();
    }
  } catch (error) {
    report(error);
    return 1;
  }
}

process.exit(await main());
