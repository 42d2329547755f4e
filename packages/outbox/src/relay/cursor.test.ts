import { describe, expect, it } from 'vitest';
import { type Cursor, type LaneRead, plan } from './cursor.ts';

const row = (seq: number) => ({ seq: BigInt(seq), key: `k${seq}`, version: 1, payload: '{}', headers: '{}' });
const cursor: Cursor = { position: 100n, snapshot: '10:20:', floor: 0n, drain: null };
const nothing: LaneRead = { snapshot: '30:30:', late: [], lateMore: false, fresh: [], freshMore: false };

describe('a plan', () => {
  it('takes nothing but the newer snapshot from an empty read', () => {
    expect(plan(cursor, nothing)).toEqual({ steps: [], cursor: { ...cursor, snapshot: '30:30:' } });
  });

  it('moves the position to the last fresh row', () => {
    const next = { ...cursor, position: 103n, snapshot: '30:30:' };
    expect(plan(cursor, { ...nothing, fresh: [row(101), row(103)] })).toEqual({
      steps: [{ rows: [row(101), row(103)], next }],
      cursor: next,
    });
  });

  it('sends late rows as a batch of their own first, at the old position', () => {
    const afterLate = { ...cursor, snapshot: '30:30:' };
    const afterFresh = { ...afterLate, position: 101n };
    expect(plan(cursor, { ...nothing, late: [row(7)], fresh: [row(101)] })).toEqual({
      steps: [
        { rows: [row(7)], next: afterLate },
        { rows: [row(101)], next: afterFresh },
      ],
      cursor: afterFresh,
    });
  });

  it('drains many late rows against one snapshot before anything fresh', () => {
    const first = plan(cursor, { ...nothing, late: [row(7), row(8)], lateMore: true, fresh: [row(101)] });
    expect(first.steps).toEqual([
      { rows: [row(7), row(8)], next: { ...cursor, drain: { after: 8n, until: '30:30:' } } },
    ]);

    const second = plan(first.cursor, { ...nothing, snapshot: '40:40:', late: [row(9)], lateMore: true });
    expect(second.cursor).toEqual({ ...cursor, drain: { after: 9n, until: '30:30:' } });

    const third = plan(second.cursor, { ...nothing, snapshot: '50:50:', late: [row(11)] });
    expect(third.cursor).toEqual({ ...cursor, snapshot: '30:30:', drain: null });
  });

  it('ends a drain whose last read finds nothing more', () => {
    const draining = { ...cursor, drain: { after: 8n, until: '30:30:' } };
    expect(plan(draining, { ...nothing, snapshot: '50:50:' })).toEqual({
      steps: [],
      cursor: { ...cursor, snapshot: '30:30:' },
    });
  });
});
