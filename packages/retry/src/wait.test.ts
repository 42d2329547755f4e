import { expect, test } from 'vitest';
import { wait } from './wait.ts';

test('waits that long', async () => {
  const started = performance.now();
  await wait(40, new AbortController().signal);
  // Timers count whole milliseconds, so one may be missing.
  expect(performance.now() - started).toBeGreaterThanOrEqual(39);
});

test('an abort ends it at once and is no error', async () => {
  const stop = new AbortController();
  const waiting = wait(3_600_000, stop.signal);
  stop.abort(new Error('closing'));
  await expect(waiting).resolves.toBeUndefined();
});

test('an abort from before means no wait', async () => {
  await expect(wait(3_600_000, AbortSignal.abort())).resolves.toBeUndefined();
});
