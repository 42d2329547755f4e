import { describe, expect, it } from 'vitest';
import { afterFailure, describeError } from './after-failure.ts';

const policy = { attempts: 3, baseMs: 1_000, capMs: 3_000 };
const atMost = () => 1 - Number.EPSILON;

describe('a run that failed', () => {
  it('is repeated after a wait that doubles up to the cap', () => {
    const wide = { ...policy, attempts: 9 };
    const waits = [1, 2, 3, 4].map((attempts) => afterFailure(wide, attempts, atMost));
    expect(waits).toEqual([1_000, 2_000, 3_000, 3_000].map((inMs) => ({ kind: 'again', inMs })));
    expect(afterFailure(wide, 1, () => 0)).toEqual({ kind: 'again', inMs: 0 });
  });

  it('has failed for good with its last attempt', () => {
    expect(afterFailure(policy, 2, atMost).kind).toBe('again');
    expect(afterFailure(policy, 3, atMost)).toEqual({ kind: 'failed' });
    expect(afterFailure(policy, 4, atMost)).toEqual({ kind: 'failed' });
  });
});

describe('what an operator sees of an error', () => {
  it('is its code and its message, and nothing that a driver hangs on it', () => {
    const refused = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(a@b.c)',
    });
    expect(describeError(refused)).toEqual({ code: '23505', sentence: 'duplicate key' });
    expect(describeError(new RangeError('too far'))).toEqual({ code: 'RangeError', sentence: 'too far' });
    expect(describeError('odd')).toEqual({ code: 'unknown', sentence: 'odd' });
  });
});
