import { describe, expect, it } from 'vitest';
import { type Cursor, halve, type LaneRead, plan, type Step } from './cursor.ts';

const row = (seq: number) => ({ seq: BigInt(seq), key: `k${seq}`, payload: '{}', headers: '{}' });
const cursor: Cursor = { position: 100n, snapshot: '10:20:', floor: 0n, drain: null };
const nothing: LaneRead = { snapshot: '30:30:', late: [], lateMore: false, fresh: [], freshMore: false };

describe('a plan', () => {
  it('takes nothing but the newer snapshot from an empty read', () => {
    expect(plan(cursor, nothing)).toEqual({ steps: [], cursor: { ...cursor, snapshot: '30:30:' } });
  });

  it('moves the position to the last fresh row', () => {
    const next = { ...cursor, position: 103n, snapshot: '30:30:' };
    expect(plan(cursor, { ...nothing, fresh: [row(101), row(103)] })).toEqual({
      steps: [{ kind: 'fresh', rows: [row(101), row(103)], next }],
      cursor: next,
    });
  });

  it('sends late rows as a batch of their own first, at the old position', () => {
    const afterLate = { ...cursor, snapshot: '30:30:' };
    const afterFresh = { ...afterLate, position: 101n };
    expect(plan(cursor, { ...nothing, late: [row(7)], fresh: [row(101)] })).toEqual({
      steps: [
        { kind: 'late', rows: [row(7)], next: afterLate },
        { kind: 'fresh', rows: [row(101)], next: afterFresh },
      ],
      cursor: afterFresh,
    });
  });

  it('drains many late rows against one snapshot before anything fresh', () => {
    const first = plan(cursor, { ...nothing, late: [row(7), row(8)], lateMore: true, fresh: [row(101)] });
    expect(first.steps).toEqual([
      { kind: 'late', rows: [row(7), row(8)], next: { ...cursor, drain: { after: 8n, until: '30:30:' } } },
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

describe('fresh rows up to the floor', () => {
  it('are called late, because they may have receipts already', () => {
    const restored = { ...cursor, floor: 102n };
    const { steps } = plan(restored, { ...nothing, fresh: [row(101), row(103)] });
    expect(steps.map(({ kind }) => kind)).toEqual(['late']);
  });
});

describe('half of a step', () => {
  const fresh: Step = {
    kind: 'fresh',
    rows: [row(101), row(102), row(104)],
    next: { ...cursor, position: 104n, snapshot: '30:30:' },
  };
  const late: Step = {
    kind: 'late',
    rows: [row(7), row(9), row(11)],
    next: { ...cursor, snapshot: '30:30:' },
  };

  it('moves the position of a fresh one so far', () => {
    expect(halve(fresh, cursor)).toEqual([
      { kind: 'fresh', rows: [row(101), row(102)], next: { ...fresh.next, position: 102n } },
      { kind: 'fresh', rows: [row(104)], next: fresh.next },
    ]);
  });

  it('is a drain of a late one, against the snapshot that it was read at', () => {
    const drained = { ...cursor, drain: { after: 9n, until: '30:30:' } };
    expect(halve(late, cursor)).toEqual([
      { kind: 'late', rows: [row(7), row(9)], next: drained },
      { kind: 'late', rows: [row(11)], next: late.next },
    ]);
  });

  it('stays the same drain of one that was being drained, and can be halved again', () => {
    const draining: Step = { ...late, next: { ...cursor, drain: { after: 11n, until: '25:25:' } } };
    const [first] = halve(draining, cursor) ?? [];
    expect(first?.next).toEqual({ ...cursor, drain: { after: 9n, until: '25:25:' } });
    expect(first && halve(first, cursor)?.[0].next).toEqual({
      ...cursor,
      drain: { after: 7n, until: '25:25:' },
    });
  });

  it('is not there of one event', () => {
    expect(halve({ ...fresh, rows: [row(101)] }, cursor)).toBeUndefined();
  });
});
