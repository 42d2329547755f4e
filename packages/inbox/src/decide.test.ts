import { describe, expect, test } from 'vitest';
import { type Arrival, decide, type Gate } from './decide.ts';

const fresh: Gate = { state: 'fresh' };
const atThree: Gate = { state: 'applied', version: 3, epoch: 1, payloadHash: 'three' };

const arrival = (version: number, payloadHash: string, more: Partial<Arrival> = {}): Arrival => ({
  version,
  payloadHash,
  epoch: 1,
  content: 'data',
  ...more,
});

describe('without a gap', () => {
  test.each([
    ['the first event of a key', fresh, arrival(1, 'one'), 'apply'],
    ['the second before the first', fresh, arrival(2, 'two'), 'keep'],
    ['the next', atThree, arrival(4, 'four'), 'apply'],
    ['one ahead of the next', atThree, arrival(5, 'five'), 'keep'],
    ['one far ahead', atThree, arrival(2_147_483_647, 'x'), 'keep'],
    ['the last again', atThree, arrival(3, 'three'), 'skip'],
    ['the last again after a restore', atThree, arrival(3, 'three', { epoch: 2 }), 'skip'],
    ['an older one again', atThree, arrival(1, 'one'), 'skip'],
    ['an older one whose payload nobody remembers', atThree, arrival(2, 'other'), 'skip'],
    ['the last with another payload', atThree, arrival(3, 'other'), 'diverged'],
    ['the same after a restore', atThree, arrival(3, 'other', { epoch: 2 }), 'diverged'],
    ['the same from before a restore that was decided', atThree, arrival(3, 'other', { epoch: 0 }), 'skip'],
    ['the last, given up by the source', atThree, arrival(3, '', { content: 'marker' }), 'skip'],
    ['the next, given up by the source', atThree, arrival(4, '', { content: 'marker' }), 'apply'],
  ])('%s: %#', (_what, gate, event, kind) => {
    expect(decide('gapless', gate, event)).toEqual({ kind });
  });
});

describe('per topic', () => {
  test.each([
    ['a first one that is not version 1', fresh, arrival(2, 'two'), 'apply'],
    ['one above the last', atThree, arrival(7, 'seven'), 'apply'],
    ['an older one', atThree, arrival(2, 'two'), 'skip'],
    ['the last with another payload', atThree, arrival(3, 'other'), 'diverged'],
  ])('%s: %#', (_what, gate, event, kind) => {
    expect(decide('per-topic', gate, event)).toEqual({ kind });
  });
});
