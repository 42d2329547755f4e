import { describe, expect, it } from 'vitest';
import type { CanarySighting } from './canary.sql.ts';
import { judgeCanary } from './canary-state.ts';

const limits = { everyMs: 15_000, limitMs: 10_000 };
const quiet: CanarySighting = {
  writtenAgoMs: 4_000,
  seenAgoMs: 3_990,
  tookMs: 10,
  underWay: null,
  underWayMs: null,
  missing: 0,
};
const never: CanarySighting = { ...quiet, writtenAgoMs: null, seenAgoMs: null, tookMs: null };
const judged = (change: Partial<CanarySighting>, sinceStartMs = 3_600_000) =>
  judgeCanary({ ...quiet, ...change }, limits, sinceStartMs);

describe('the path', () => {
  it('is in order when the last canary came through, and while the next one is within its limit', () => {
    expect(judged({})).toEqual({ kind: 'ok' });
    expect(judged({ underWay: 'c', underWayMs: 10_000 })).toEqual({ kind: 'ok' });
  });

  it('is not when a canary is under way for longer than the limit', () => {
    expect(judged({ underWay: 'c', underWayMs: 10_001 })).toEqual({
      kind: 'overdue',
      canary: 'c',
      forMs: 10_001,
    });
  });

  it('is not when none was written for a period and the limit', () => {
    expect(judged({ writtenAgoMs: 25_000 })).toEqual({ kind: 'ok' });
    expect(judged({ writtenAgoMs: 25_001 })).toEqual({ kind: 'unwritten' });
    expect(judgeCanary(never, limits, 25_001)).toEqual({ kind: 'unwritten' });
  });

  it('is given that time anew by a process that starts after a long rest', () => {
    expect(judged({ writtenAgoMs: 3_600_000 }, 25_000)).toEqual({ kind: 'ok' });
    expect(judgeCanary(never, limits, 25_000)).toEqual({ kind: 'waiting' });
  });
});
