import { expect, it } from 'vitest';
import { PREDECESSOR_PARKED } from './delivery.ts';
import { runOf } from './lane-errand.ts';

const waits = (seq: number) => ({ ...refused(seq), reason: PREDECESSOR_PARKED, attempts: 0 });
const refused = (seq: number) => ({
  seq: BigInt(seq),
  key: 'k',
  payload: '{}',
  headers: '{}',
  reason: 'MESSAGE_TOO_LARGE',
  attempts: 1,
  wish: null,
});

it('tries an event that was refused by itself, before those behind it', () => {
  expect(runOf([refused(1), waits(2), waits(3)])).toEqual([refused(1)]);
});

it('takes those that only waited together, up to the next that was refused', () => {
  expect(runOf([waits(2), waits(3), refused(4), waits(5)])).toEqual([waits(2), waits(3)]);
  expect(runOf([waits(2), waits(3)])).toEqual([waits(2), waits(3)]);
});

it('is nothing of nothing', () => {
  expect(runOf([])).toEqual([]);
});
