import { expect, it } from 'vitest';
import { costOf, type Stretch } from './held-transaction.ts';

const acknowledgements = [
  { at: 100, events: 7 },
  { at: 1_200, events: 300 },
  { at: 2_200, events: 200 },
  { at: 3_200, events: 100 },
  { at: 4_500, events: 50 },
];

const stretch = (isHeld: boolean, from: number, cpu: number): Stretch => ({
  isHeld,
  from,
  to: from + 500,
  cpu,
});

it('what was acknowledged within its stretches, by their length and their CPU', () => {
  const stretches = [stretch(true, 1_000, 0.01), stretch(false, 2_000, 0.01), stretch(true, 3_000, 0.03)];

  const held = costOf({ acknowledgements }, stretches, true);
  const free = costOf({ acknowledgements }, stretches, false);

  expect(held).toEqual({ eventsPerSecond: 400, cpu: 100, stretches: 2 });
  expect(free).toEqual({ eventsPerSecond: 400, cpu: 50, stretches: 1 });
});

it('a stretch from before the first acknowledgement, or beyond the last, does not count', () => {
  const stretches = [stretch(true, 50, 1), stretch(true, 4_200, 1), stretch(false, 2_000, 0.01)];

  expect(costOf({ acknowledgements }, stretches, true)).toBeNull();
  expect(costOf({ acknowledgements }, stretches, false)).toMatchObject({ stretches: 1 });
});
