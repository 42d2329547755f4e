import { describe, expect, it } from 'vitest';
import { LaneRuntime } from './lane-runtime.ts';

const row = (seq: number) => ({ seq: BigInt(seq), key: `k${seq}`, payload: '{}', headers: '{}' });
const nothing = { snapshot: '30:30:', late: [], lateMore: false, fresh: [], freshMore: false };

function laneAt(position: bigint): LaneRuntime {
  return new LaneRuntime(
    {
      lane: 1,
      topic: 't',
      partition: 0,
      leaseEpoch: 1n,
      cursor: { position, snapshot: '10:20:', floor: 0n, drain: null },
      lateBefore: '15',
      logGeneration: 0,
      logEnd: 0n,
      blocked: new Map(),
    },
    500,
  );
}

/** Until where a transaction id may be a late row's, and from which position that is said. */
function bound({ boundedReadFrom: { position, lateBefore } }: LaneRuntime) {
  return [position, lateBefore];
}

describe('what is read after the position', () => {
  it('was stored has no late rows of what began after that', () => {
    const lane = laneAt(100n);
    expect(bound(lane)).toEqual([100n, '15']);
    lane.accept(nothing);
    expect(bound(lane)).toEqual([100n, '15']);
  });

  it('moved on may have late rows of anything, until that position is stored too', () => {
    const lane = laneAt(100n);
    lane.accept({ ...nothing, fresh: [row(101)] });
    expect(bound(lane)).toEqual([101n, null]);
    const step = lane.takeStep();
    if (step === undefined) throw new Error('no step');
    lane.commit(step.next, '35');
    expect(bound(lane)).toEqual([101n, '35']);
  });

  it('went back to what is stored has the bound of that', () => {
    const lane = laneAt(100n);
    lane.accept({ ...nothing, fresh: [row(101)] });
    lane.rewind();
    expect(bound(lane)).toEqual([100n, '15']);
  });

  it('was stored behind what is already read has no bound yet', () => {
    const lane = laneAt(100n);
    lane.accept({ ...nothing, late: [row(7)], fresh: [row(101)] });
    const late = lane.takeStep();
    if (late === undefined) throw new Error('no step');
    lane.commit(late.next, '35');
    expect(bound(lane)).toEqual([101n, null]);
  });
});

describe('a batch that is taken', () => {
  it('is committed or given up before the next one is, which would have the position pass it by', () => {
    const lane = laneAt(100n);
    lane.accept({ ...nothing, late: [row(7)], fresh: [row(101)] });
    const late = lane.takeStep();
    if (late === undefined) throw new Error('no step');
    expect(() => lane.takeStep()).toThrow('neither committed nor given up');
    lane.rewind();
    lane.accept({ ...nothing, late: [row(7)], fresh: [row(101)] });
    expect(lane.takeStep()).toEqual(late);
    lane.commit(late.next, '35');
    expect(lane.takeStep()).toMatchObject({ rows: [row(101)] });
  });

  it('may be followed by nothing as often as there is nothing', () => {
    const lane = laneAt(100n);
    expect([lane.takeStep(), lane.takeStep()]).toEqual([undefined, undefined]);
  });
});
