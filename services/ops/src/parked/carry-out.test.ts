import { expect, test } from 'vitest';
import type { ParkedEvent } from '@waybill/outbox/operations';
import { portionsOf } from './carry-out.ts';

const parked = (key: string, seq: number): ParkedEvent => ({
  lane: 1,
  seq: BigInt(seq),
  topic: 'order_placed',
  key,
  version: seq,
  type: 't',
  createdAt: new Date(0),
  reason: 'MESSAGE_TOO_LARGE',
  detail: '',
  attempts: 1,
  parkedAt: new Date(0),
  nextAttemptAt: null,
  wish: null,
});

test.each([
  ['one each', 'abcde', 2, ['ab', 'cd', 'e']],
  ['a key that would be cut', 'abbb', 3, ['a', 'bbb']],
  ['a key of more than a second’s', 'aaaab', 2, ['aaaa', 'b']],
  ['all in one second', 'aabbc', 5, ['aabbc']],
  ['none', '', 5, []],
])('cuts between keys: %s', (_, keys, perSecond, portions) => {
  const events = keys.split('').map((key, at) => parked(key, at + 1));
  expect(portionsOf(events, perSecond).map((portion) => portion.map(({ key }) => key).join(''))).toEqual(
    portions,
  );
});
