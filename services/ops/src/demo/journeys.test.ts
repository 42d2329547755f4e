import { describe, expect, test } from 'vitest';
import { Journeys } from './journeys.ts';

const at = (ms: number): Date => new Date(1_000_000 + ms);
const published = (key: string, committed: number | null, acknowledged: number) => ({
  key,
  committedAt: committed === null ? null : at(committed),
  createdAt: at(0),
  publishedAt: at(acknowledged),
});

describe('the ways of the demo’s orders', () => {
  test('are measured from commit, once each, in whatever order they become known', () => {
    const journeys = new Journeys();
    for (const id of ['a', 'b', 'c']) journeys.placed(id);
    journeys.applied([{ key: 'a', appliedAt: at(90) }]);
    journeys.published([published('a', 10, 40), published('b', 20, 30), published('foreign', 0, 1)]);
    journeys.published([published('a', 10, 1_000)]);

    expect(journeys.counts).toEqual({ placed: 3, published: 2, projected: 1 });
    expect(journeys.msToKafka).toEqual([30, 10]);
    expect(journeys.msToProjection).toEqual([80]);
    expect(journeys.unpublished(10)).toEqual(['c']);
    expect(journeys.unapplied(1)).toEqual(['b']);
    expect(journeys.commitTimesTracked).toBe(true);
  });

  test('fall back to the rows’ creation where commits are not tracked, and say so', () => {
    const journeys = new Journeys();
    journeys.placed('a');
    journeys.published([published('a', null, 40)]);

    expect(journeys.msToKafka).toEqual([40]);
    expect(journeys.commitTimesTracked).toBe(false);
  });
});
