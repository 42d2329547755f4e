import { closeInReverse, type Close } from './close.ts';
import { createLogger, type Logger } from './logger.ts';
import { SettingsError } from './settings.ts';

export interface ServiceContext {
  /** Aborts at SIGINT or SIGTERM. Loops end after the work in flight when it does. */
  readonly signal: AbortSignal;
  /** At level info; set `logger.level` from the settings before anything else is made from it. */
  readonly logger: Logger;
  /** Registers what closes a thing just opened. Runs in reverse order, each after the one before has settled. */
  readonly onClose: (close: Close) => void;
}

export interface Service {
  readonly name: string;
  /**
   * Opens everything and resolves once the service works, or runs until `signal` aborts. Work that it leaves in the
   * background must be awaited by a closer; a rejection that nobody handles counts as a crash.
   */
  readonly start: (context: ServiceContext) => Promise<void>;
  /** For everything that follows a signal, in ms. Default 8,000: supervisors kill after ten seconds. */
  readonly closeWithinMs?: number;
}

/**
 * Runs a service until it is told to stop, and ends the process.
 *
 * | what happens | what follows | exit code |
 * |---|---|---|
 * | SIGINT or SIGTERM | `signal` aborts, `start` settles, closers run | 0, or 1 when a closer fails or time runs out |
 * | a second signal | nothing more | 1 at once |
 * | `start` fails | logged, closers run | 1 |
 * | an exception or rejection that nobody handled | logged; memory cannot be trusted, so no closer runs | 1 at once |
 */
export async function runService({ name, start, closeWithinMs = 8_000 }: Service): Promise<never> {
  const logger = createLogger({ service: name, level: 'info' });
  const stopping = new AbortController();
  const closers: Close[] = [];
  const stopped = stopSignals(stopping, logger);
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'crashed');
    process.exit(1);
  });
  // An idle service is one that waits: without a handle of its own Node would end it.
  setInterval(() => undefined, 2 ** 30);

  const started = Promise.resolve()
    .then(() => start({ signal: stopping.signal, logger, onClose: (close) => closers.push(close) }))
    .then(
      () => 'started' as const,
      (error: unknown) => reportStart(error, stopping.signal, logger),
    );
  const outcome = await Promise.race([started, stopped]);
  if (outcome === 'started') await stopped;
  process.exit(await shutDown({ started, closers, logger, closeWithinMs }));
}

type StartOutcome = 'started' | 'stopped' | 'failed';

interface ShutDown {
  readonly started: Promise<StartOutcome>;
  readonly closers: readonly Close[];
  readonly logger: Logger;
  readonly closeWithinMs: number;
}

/** @returns the exit code */
async function shutDown({ started, closers, logger, closeWithinMs }: ShutDown): Promise<number> {
  const outOfTime = new Promise<number>((resolve) => {
    setTimeout(() => {
      logger.error({ closeWithinMs }, 'closing took too long; what is still open is cut off');
      resolve(1);
    }, closeWithinMs);
  });
  const closed = started.then(async (outcome) => {
    const failures = await closeInReverse(closers);
    for (const err of failures) logger.error({ err }, 'closing failed');
    if (failures.length > 0 || outcome === 'failed') return 1;
    logger.info('closed');
    return 0;
  });
  return Promise.race([closed, outOfTime]);
}

/** Resolves at the first signal; the second one ends the process. */
function stopSignals(stopping: AbortController, logger: Logger): Promise<'signal'> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (stopping.signal.aborted) {
        logger.warn({ signal }, 'told twice to stop; ending without closing');
        process.exit(1);
      }
      logger.info({ signal }, 'closing');
      stopping.abort();
      resolve('signal');
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
}

/** An error of `start` is a failure, unless it only passes on that the service was told to stop. */
function reportStart(error: unknown, signal: AbortSignal, logger: Logger): StartOutcome {
  if (
    signal.aborted &&
    (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))
  ) {
    return 'stopped';
  }
  if (error instanceof SettingsError) logger.fatal({ code: error.code }, error.message);
  else logger.fatal({ err: error }, 'failed');
  return 'failed';
}
