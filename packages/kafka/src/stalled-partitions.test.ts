import { expect, test } from 'vitest';
import { judgeProgress, type MeasuredPartition, type Standings } from './stalled-partitions.ts';

const at = (committed: bigint | undefined, lag: number): MeasuredPartition => ({
  topic: 't',
  partition: 0,
  committed,
  lag,
});

/** Measures one partition again and again, a second apart. */
function judged(measured: readonly MeasuredPartition[], busyUntil = 0): readonly boolean[] {
  let standings: Standings = new Map();
  return measured.map((one, second) => {
    const busy = new Set(second < busyUntil ? ['t/0'] : []);
    const judgement = judgeProgress(standings, [one], { busy, now: second * 1_000, patienceMs: 2_000 });
    standings = judgement.standings;
    return judgement.stalled.length > 0;
  });
}

test.each([
  ['has messages and does not move', [at(5n, 1), at(5n, 2), at(5n, 3)], 0, [false, false, true]],
  ['never had an offset', [at(undefined, 9), at(undefined, 9), at(undefined, 9)], 0, [false, false, true]],
  ['moves, however slowly', [at(5n, 9), at(6n, 9), at(7n, 9), at(7n, 9)], 0, [false, false, false, false]],
  ['has nothing to move', [at(5n, 0), at(5n, 0), at(5n, 0)], 0, [false, false, false]],
  ['got its first message just now', [at(5n, 0), at(5n, 0), at(5n, 1)], 0, [false, false, false]],
  ['has a batch in hand', [at(5n, 1), at(5n, 1), at(5n, 1)], 3, [false, false, false]],
  [
    'had a batch in hand for long',
    [at(5n, 1), at(5n, 1), at(5n, 1), at(5n, 1), at(5n, 1)],
    3,
    [false, false, false, false, true],
  ],
])('a partition that %s', (_what, measured, busyUntil, expected) => {
  expect(judged(measured, busyUntil)).toEqual(expected);
});
