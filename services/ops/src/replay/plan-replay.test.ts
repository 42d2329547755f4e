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
    expect(lanes.map(({ perSecond }) => perSecond)).toEqual([74, 25]);
  });

  test.each([
    [[1, 100_000], 10],
    [[1, 1, 1, 1, 100_000], 5],
    [[1, 1, 1, 1, 100_000], 100],
    [[5, 5, 5], 3],
    [[7], 100_000],
  ])(
    'is never zero in a lane, and over all lanes never more than asked for: %j at %d',
    (events, perSecond) => {
      const { lanes } = planReplay(
        events.map((own, at) => lane(at + 1, own)),
        perSecond,
      );
      const rates = lanes.map((planned) => planned.perSecond);
      expect(Math.min(...rates)).toBeGreaterThanOrEqual(1);
      const sum = rates.reduce((total, rate) => total + rate, 0);
      expect(sum).toBeLessThanOrEqual(perSecond);
      expect(sum).toBeGreaterThan(perSecond - events.length);
    },
  );

  test('is refused where it is less than one a second for each lane', () => {
    expect(() => planReplay([lane(1, 5), lane(2, 5)], 1)).toThrow(
      'Their events are in 2 lanes, each of which takes at least one a second: --per-second 2 or more.',
    );
  });

  test('is nothing for nothing', () => {
    expect(planReplay([], 10)).toEqual({ events: 0, lanes: [] });
  });
});
