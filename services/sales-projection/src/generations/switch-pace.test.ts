import { expect, test } from 'vitest';
import { SwitchPace } from './switch-pace.ts';

const almostOne = 1 - Number.EPSILON;

test('attempts that come to nothing become rare, at most half a minute apart, and the third is complained of', () => {
  const pace = new SwitchPace(() => almostOne);
  const pauses: number[] = [];
  const complaints: boolean[] = [];
  for (let now = 0; pauses.length < 7; ) {
    expect(pace.mayStop(now)).toBe(true);
    pace.failed('no moment', now);
    const since = now;
    while (!pace.mayStop(now)) now += 10;
    pauses.push(now - since);
    complaints.push(pace.complaint !== undefined);
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(complaints).toEqual([false, false, true, true, true, true, true]);
});

test('the complaint is about the last attempt', () => {
  const pace = new SwitchPace(() => almostOne);
  for (let time = 0; time < 3; time += 1) pace.failed('no moment', 0);
  expect(pace.complaint).toContain('pg_stat_activity');
  pace.failed('did not catch up', 0);
  expect(pace.complaint).toContain('paused partition');
});

test.each([
  ['another rebuild', { generation: 3, isCompared: false }],
  ['the switch, once the comparison has begun,', { generation: 2, isCompared: true }],
  ['none', undefined],
])('%s begins without a delay and without a complaint', (_what, next) => {
  const pace = new SwitchPace(() => almostOne);
  pace.about({ generation: 2, isCompared: false });
  for (let time = 0; time < 9; time += 1) pace.failed('no moment', 0);
  pace.about({ generation: 2, isCompared: false });
  expect(pace.mayStop(0)).toBe(false);
  pace.about(next);
  expect([pace.mayStop(0), pace.complaint]).toEqual([true, undefined]);
});
