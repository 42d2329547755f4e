import { expect, test } from 'vitest';
import type { Laggard } from './laggards.sql.ts';
import { stillBehind, whatItWaitsFor } from './still-behind.ts';

const behind = (key: string, version: number, wanted: number): Laggard => ({
  key,
  version,
  wanted,
  stopReason: null,
});

test.each([
  ['never behind', [], [], []],
  ['behind since now: it is under way', [], [behind('a', 0, 1)], []],
  ['behind as before', [behind('a', 0, 1)], [behind('a', 0, 1)], ['a']],
  ['behind as before, and by more', [behind('a', 0, 1)], [behind('a', 0, 2)], ['a']],
  ['behind by something new', [behind('a', 0, 1)], [behind('a', 1, 2)], []],
  ['halfway', [behind('a', 0, 2)], [behind('a', 1, 2)], ['a']],
  ['caught up', [behind('a', 0, 1)], [], []],
  ['one of two', [behind('a', 0, 1), behind('b', 0, 1)], [behind('b', 0, 1), behind('c', 0, 1)], ['b']],
])('a key that is %s', (_what, before, now, expected) => {
  expect(stillBehind(before, now).map(({ key }) => key)).toEqual(expected);
});

test('what a rebuild waits for is said with its first key and with what to do', () => {
  expect(whatItWaitsFor([], 0)).toBeUndefined();
  expect(whatItWaitsFor([{ ...behind('a', 0, 1), stopReason: 'poison' }], 9)).toBe(
    'a key standing still that what serves has passed (a after version 0): npx waybill dlq list, then redrive or discard',
  );
  expect(
    whatItWaitsFor(
      [behind('b', 1, 2), behind('c', 3, 4), { ...behind('a', 0, 1), stopReason: 'diverged' }],
      0,
    ),
  ).toBe(
    'a key standing still that what serves has passed (a after version 0): npx waybill dlq list, then redrive or discard; ' +
      '2 keys without an event that what serves has applied (b after version 1): npx waybill reconcile, then replay it',
  );
  expect(whatItWaitsFor([behind('b', 1, 2)], 1)).toBeUndefined();
});
