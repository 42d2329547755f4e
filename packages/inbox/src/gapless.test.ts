import { expect, test } from 'vitest';
import { decideGapless, type Gate } from './gapless.ts';

const fresh: Gate = { state: 'fresh' };
const atThree: Gate = { state: 'applied', version: 3, epoch: 0, payloadHash: 'three' };

test.each([
  ['the first event of a key', fresh, 1, 'one', 'apply'],
  ['the second before the first', fresh, 2, 'two', 'keep'],
  ['the next', atThree, 4, 'four', 'apply'],
  ['one ahead of the next', atThree, 5, 'five', 'keep'],
  ['one far ahead', atThree, 2_147_483_647, 'x', 'keep'],
  ['the last again', atThree, 3, 'three', 'skip'],
  ['an older one again', atThree, 1, 'one', 'skip'],
  ['an older one whose payload nobody remembers', atThree, 2, 'other', 'skip'],
  ['the last with another payload', atThree, 3, 'other', 'diverged'],
])('%s: %#', (_what, gate, version, payloadHash, kind) => {
  expect(decideGapless(gate, { version, payloadHash })).toEqual({ kind });
});
