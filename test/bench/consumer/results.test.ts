import { describe, expect, test } from 'vitest';
import { type Round, tableOf } from './results.ts';

const machine = { cores: 2, model: 'some', memoryGiB: 8, node: 'v26.0.0', load: 0.1 };
const flat = [90, 99, 100, 100, 100, 99, 100, 101];

const round = (single: number, memoryMegabytes: readonly number[] = flat): Round => ({
  kit: { events: 10, eventsPerSecond: 10_000, memoryMegabytes },
  bare: 20_000,
  single,
});
const tableFor = (...rounds: readonly Round[]) => tableOf({ machine, events: 10, rounds });

describe('what the consumer’s benchmark says', () => {
  test('five times one transaction per message is the goal, by the median of the rounds', () => {
    expect(tableFor(round(100), round(2_000), round(2_100))).toContain(
      '| of one transaction per message | 5.00 | ≥ 5 | reached | 10000 of 2000 events/s |',
    );
    expect(tableFor(round(100), round(2_050), round(2_100))).toContain('| 4.88 | ≥ 5 | not reached |');
  });

  test('the bare client is no goal', () => {
    expect(tableFor(round(100))).toContain('which only counts | 0.50 |  |  | 10000 of 20000 events/s |');
  });

  test('memory that stays is flat, memory that grows is not, and too few samples prove nothing', () => {
    expect(tableFor(round(100))).toContain('| 1.01 | ≤ 1.1 | reached | at most 101 MB resident |');
    const growing = flat.map((megabytes, i) => megabytes + 10 * i);
    expect(tableFor(round(100, growing))).toContain('≤ 1.1 | not reached |');
    expect(tableFor(round(100, [1, 2]))).toContain('| void | ≤ 1.1 | not reached | too few samples |');
  });
});
