import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endOfDrain } from './end-of-drain.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('comes so long after the stop, and with its reason', () => {
  const stop = new AbortController();
  const end = endOfDrain(stop.signal, 7_000);
  vi.advanceTimersByTime(60_000);
  stop.abort('SIGTERM');
  vi.advanceTimersByTime(6_999);
  expect(end.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect([end.aborted, end.reason]).toEqual([true, 'SIGTERM']);
});

it('is there at once when the stop was there before', () => {
  expect(endOfDrain(AbortSignal.abort(), 7_000).aborted).toBe(true);
});
