import { describe, expect, it } from 'vitest';
import { defaultPatience, type Tried, waitBeforeNext } from './patience.ts';

const answered = (status: number, retryAfter: string | null = null): Tried => ({
  kind: 'answered',
  status,
  retryAfter,
});
const wait = (tried: Tried, request: 'repeatable' | 'once', attempt = 1) =>
  waitBeforeNext(tried, request, attempt, defaultPatience, 0);

describe('a client tries again', () => {
  it.each([
    ['429', answered(429, '2'), 2_000, 2_000],
    ['503', answered(503, '1'), 1_000, undefined],
    ['503 of somebody in between, who asks for nothing', answered(503), 0, undefined],
    ['409 of a request that still runs', answered(409, '1'), 1_000, undefined],
    ['silence', { kind: 'unanswered' }, 0, undefined],
    ['an hour to wait, which is too long', answered(503, '3600'), defaultPatience.waitAtMostMs, undefined],
  ] satisfies [string, Tried, number, number | undefined][])('after %s', (_, tried, keyed, once) => {
    expect([wait(tried, 'repeatable'), wait(tried, 'once')]).toEqual([keyed, once]);
  });

  it.each([200, 201, 400, 404, 409, 412, 422, 500])('never after %i', (status) => {
    expect(wait(answered(status), 'repeatable')).toBeUndefined();
  });

  it('later each time when nobody says how long, and not for ever', () => {
    const waits = [1, 2, 3, 4, 5].map((attempt) =>
      waitBeforeNext({ kind: 'unanswered' }, 'repeatable', attempt, defaultPatience, 0.5),
    );
    expect(waits).toEqual([100, 200, 400, 800, undefined]);
  });
});
