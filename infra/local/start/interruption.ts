/**
 * npm passes a signal on to the program that it runs, and the terminal's Ctrl-C reaches that program too: what comes
 * within this time, in ms, is the same key.
 */
const sameKeyMs = 500;

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

export interface Listening {
  readonly source: SignalSource;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Called at a signal that is a key pressed again. */
  readonly onAgain: () => void;
}

/** A signal that aborts at the first SIGINT, SIGTERM or SIGHUP. */
export function interruption({ source, now, onAgain }: Listening): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (): void => {
    if (firstAt === undefined) {
      firstAt = now();
      controller.abort();
    } else if (now() - firstAt > sameKeyMs) {
      onAgain();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) source.on(name, onSignal);
  return controller.signal;
}
