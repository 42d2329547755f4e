import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeOfShare, type LaneOwnership } from './share.ts';

const lanesOwnedBy = (...owners: (string | null)[]): LaneOwnership[] =>
  owners.map((owner, index) => ({ lane: index + 1, owner }));

describe('the share of a relay', () => {
  it('is everything while it is alone', () => {
    expect(changeOfShare('a', ['a'], lanesOwnedBy(null, null, 'dead'))).toEqual({
      take: [1, 2, 3],
      give: [],
    });
  });

  it('shrinks to half when another joins, and the other takes what was given back', () => {
    const before = lanesOwnedBy('a', 'a', 'a', 'a');
    expect(changeOfShare('a', ['a', 'b'], before)).toEqual({ take: [], give: [3, 4] });
    expect(changeOfShare('b', ['a', 'b'], before)).toEqual({ take: [], give: [] });
    expect(changeOfShare('b', ['a', 'b'], lanesOwnedBy('a', 'a', null, null))).toEqual({
      take: [3, 4],
      give: [],
    });
  });

  it('is nothing for a relay that is not among the living', () => {
    expect(changeOfShare('a', ['b'], lanesOwnedBy(null, 'a'))).toEqual({ take: [], give: [] });
  });

  it('comes to rest within two rounds, even and complete, whoever owned what', () => {
    const relays = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    const owners = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'dead')), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(relays, owners, (live, first) => {
        let lanes = lanesOwnedBy(...first);
        for (let round = 1; round <= 2; round += 1) {
          for (const me of live) {
            const { take, give } = changeOfShare(me, live, lanes);
            lanes = lanes.map((lane) => {
              if (take.includes(lane.lane)) return { ...lane, owner: me };
              return give.includes(lane.lane) ? { ...lane, owner: null } : lane;
            });
          }
        }
        const counts = live.map((relay) => lanes.filter(({ owner }) => owner === relay).length);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(lanes.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
