import { expect, it } from 'vitest';
import { type Found, PollPace } from './poll-pace.ts';

const settings = { pollMinMs: 25, pollMaxMs: 1_000 };
const some = new Set([1]);

it('follows a full read at once, a partial one after the minimum, and stretches while idle', () => {
  const pace = new PollPace(settings, () => 0);
  const after = (found: Found) => {
    pace.cameUpon(found, 'all');
    return pace.restMs;
  };
  expect(Array.from({ length: 8 }, () => after('none'))).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000]);
  expect(after('some')).toBe(25);
  expect(after('none')).toBe(50);
  expect(after('errand')).toBe(25);
  expect(after('full')).toBe(0);
  expect(after('none')).toBe(25);
});

it('is put off by no read of some lanes, and brought forward by one that leaves work behind', () => {
  let now = 0;
  const pace = new PollPace(settings, () => now);
  for (let times = 0; times < 8; times += 1) pace.cameUpon('none', 'all');
  now = 100;
  pace.cameUpon('some', some);
  pace.cameUpon('none', some);
  expect(pace.restMs).toBe(900);
  pace.cameUpon('errand', some);
  expect(pace.restMs).toBe(25);
  now = 120;
  pace.cameUpon('errand', some);
  expect(pace.restMs).toBe(5);
  pace.cameUpon('full', some);
  expect(pace.restMs).toBe(0);
  pace.cameUpon('none', 'all');
  expect(pace.restMs).toBe(25);
});

it('is due from the beginning, and stays due', () => {
  let now = 7;
  const pace = new PollPace(settings, () => now);
  expect(pace.restMs).toBeLessThanOrEqual(0);
  pace.cameUpon('some', 'all');
  now = 40;
  expect(pace.restMs).toBe(-8);
});
