import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves after `ms` milliseconds, or at once when the signal aborts. It never rejects for an abort: the caller's
 * loop looks at its own signal.
 */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
