import { describe, expect, test } from 'vitest';
import { planReplay } from './plan-replay.ts';

const lane = (number: number, events: number) => ({
  lane: number,
  topic: 't',
  events,
  firstSeq: 1n,
  lastSeq: 1_000n,
});

describe('a replay’s rate', () => {
  test('is shared among lanes by what they have', () => {
    const { events, lanes } = planReplay([lane(1, 300), lane(2, 100)], 100);
    expect(events).toBe(400);
    expect(lanes.map(({ perSecond }) => perSecond)).toEqual([75, 25]);
  });

  test('is never zero in a lane, and never more than asked for where there are enough', () => {
    const { lanes } = planReplay([lane(1, 1), lane(2, 100_000)], 10);
    expect(lanes.map(({ perSecond }) => perSecond)).toEqual([1, 9]);
  });

  test('is nothing for nothing', () => {
    expect(planReplay([], 10)).toEqual({ events: 0, lanes: [] });
  });
});
