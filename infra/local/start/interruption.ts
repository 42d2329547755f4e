/**
 * npm passes a signal on to the program that it runs, and the terminal's Ctrl-C reaches that program too: what comes
 * within this time, in ms, is the same key.
 */
const sameKeyMs = 500;

export interface Interruption {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
}

/** Listens for the first signal, and runs `onSecond` at the next one that is a key pressed again. */
export function interruption(onSecond: () => void): Interruption {
  const controller = new AbortController();
  let first: number | undefined;
  const onSignal = (): void => {
    const now = performance.now();
    first ??= now;
    if (!controller.signal.aborted) controller.abort();
    else if (now - first > sameKeyMs) onSecond();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return { signal: controller.signal };
}
