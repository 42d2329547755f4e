import { describe, expect, test, vi } from 'vitest';
import { type RetryPolicy, retryable } from './retryable.ts';

const never = new AbortController().signal;
const away = new Error('away');
const policy: RetryPolicy = {
  attempts: 3,
  baseMs: 1,
  capMs: 2,
  isRetryable: (error) => error === away,
  random: () => 0,
};

/** Fails with these errors, one per call, and then succeeds. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  return vi.fn<() => Promise<string>>(async () => {
    const error = left.shift();
    if (error) throw error;
    return 'done';
  });
}

describe('work', () => {
  test('that succeeds is called once', async () => {
    const work = failing();
    await expect(retryable(work, policy, never)).resolves.toBe('done');
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('that fails for a while is repeated until it succeeds, and each repetition is told of', async () => {
    const work = failing(away, away);
    const onRetry = vi.fn<(error: unknown, attempt: number) => void>();
    await expect(retryable(work, { ...policy, onRetry }, never)).resolves.toBe('done');
    expect(work).toHaveBeenCalledTimes(3);
    expect(onRetry.mock.calls).toEqual([
      [away, 1],
      [away, 2],
    ]);
  });

  test('that never succeeds is called as often as allowed, and its last error is thrown', async () => {
    const work = failing(away, away, away, away);
    await expect(retryable(work, policy, never)).rejects.toBe(away);
    expect(work).toHaveBeenCalledTimes(3);
  });

  test('that fails for good is not repeated', async () => {
    const wrong = new Error('wrong');
    const work = failing(wrong);
    await expect(retryable(work, policy, never)).rejects.toBe(wrong);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('waits between its attempts', async () => {
    const started = performance.now();
    await retryable(failing(away), { ...policy, baseMs: 80, capMs: 80, random: () => 0.5 }, never);
    expect(performance.now() - started).toBeGreaterThanOrEqual(39);
  });
});

test('an abort ends the wait, and there is no further attempt', async () => {
  const stop = new AbortController();
  const work = failing(away);
  const reason = new Error('closing');
  const patient = { ...policy, baseMs: 3_600_000, capMs: 3_600_000, random: () => 0.5 };
  const outcome = retryable(work, { ...patient, onRetry: () => stop.abort(reason) }, stop.signal);
  await expect(outcome).rejects.toBe(reason);
  expect(work).toHaveBeenCalledTimes(1);
});
