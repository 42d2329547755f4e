import { expect, it } from 'vitest';
import { PollPace } from './poll-pace.ts';

const settings = { pollMinMs: 25, pollMaxMs: 1_000 };

it('follows a full read at once, a partial one after the minimum, and stretches while idle', () => {
  const pace = new PollPace(settings, () => 0);
  const after = (found: 'full' | 'some' | 'none') => {
    pace.cameUpon(found);
    return pace.restMs;
  };
  expect(Array.from({ length: 8 }, () => after('none'))).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000]);
  expect(after('some')).toBe(25);
  expect(after('none')).toBe(50);
  expect(after('full')).toBe(0);
  expect(after('none')).toBe(25);
});

it('says how much of the pause is left', () => {
  let now = 7;
  const pace = new PollPace(settings, () => now);
  expect(pace.restMs).toBeLessThanOrEqual(0);
  pace.cameUpon('some');
  now = 17;
  expect(pace.restMs).toBe(15);
  now = 40;
  expect(pace.restMs).toBe(-8);
});
