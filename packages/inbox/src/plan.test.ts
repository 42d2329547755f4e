import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DivergedEventError } from './diverged-event-error.ts';
import type { InboxEvent } from './event.ts';
import { type BatchPlan, type KeyState, planBatch } from './plan.ts';

function event(key: string, version: number, payload = `${key} at ${version}`): InboxEvent {
  return { topic: 't', key, version, epoch: 0, payload, headers: {} };
}

const fresh: KeyState = { gate: { state: 'fresh' }, early: [] };

/** What storing a plan does, on plain data. */
function stored(states: ReadonlyMap<string, KeyState>, plan: BatchPlan): Map<string, KeyState> {
  const next = new Map(states);
  const change = (key: string, step: (state: KeyState) => KeyState) =>
    next.set(key, step(next.get(key) ?? fresh));
  for (const { key, ...step } of plan.advances) {
    change(key, (state) => ({ ...state, gate: { state: 'applied', ...step } }));
  }
  for (const kept of plan.keep) {
    expect(next.get(kept.key)?.early.some((early) => early.version === kept.version)).not.toBe(true);
    change(kept.key, (state) => ({ ...state, early: [...state.early, kept] }));
  }
  for (const released of plan.release) {
    change(released.key, (state) => ({ ...state, early: state.early.filter((early) => early !== released) }));
  }
  return next;
}

/** All events of up to three keys, each at least once, in any order, cut into batches anywhere. */
const deliveries = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 })
  .chain((lengths) => {
    const all = lengths.flatMap((length, k) => Array.from({ length }, (_, v) => event(`k${k}`, v + 1)));
    return fc
      .array(fc.constantFrom(...all), { maxLength: 12 })
      .chain((repeats) =>
        fc.tuple(
          fc.constant(lengths),
          fc.shuffledSubarray([...all, ...repeats], { minLength: all.length + repeats.length }),
          fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        ),
      );
  });

function cut(events: readonly InboxEvent[], sizes: readonly number[]): InboxEvent[][] {
  const batches: InboxEvent[][] = [];
  for (let at = 0, turn = 0; at < events.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    batches.push(events.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** The model: of the versions delivered so far, those without a gap before them are applied. */
function expectedVersions(delivered: readonly InboxEvent[], key: string): number[] {
  const versions = new Set(delivered.filter((one) => one.key === key).map((one) => one.version));
  const applied: number[] = [];
  while (versions.has(applied.length + 1)) applied.push(applied.length + 1);
  return applied;
}

test('given any deliveries, every event is applied once, in its turn, as soon as nothing is missing before it', () => {
  fc.assert(
    fc.property(deliveries, ([lengths, sequence, sizes]) => {
      let states = new Map<string, KeyState>();
      const applied: InboxEvent[] = [];
      const delivered: InboxEvent[] = [];
      for (const batch of cut(sequence, sizes)) {
        const plan = planBatch(states, batch);
        states = stored(states, plan);
        applied.push(...plan.apply);
        delivered.push(...batch);
        expect(plan.skipped + plan.keep.length + plan.apply.length - plan.release.length).toBe(batch.length);
        for (const key of lengths.keys().map((k) => `k${k}`)) {
          const versions = applied.filter((one) => one.key === key).map((one) => one.version);
          expect(versions).toEqual(expectedVersions(delivered, key));
          const last = states.get(key)?.gate;
          expect(last?.state === 'applied' ? last.version : 0).toBe(versions.length);
          const waiting = new Set(
            delivered.filter((one) => one.key === key && one.version > versions.length),
          );
          expect(new Set(states.get(key)?.early)).toEqual(waiting);
        }
      }
      expect(applied).toHaveLength(lengths.reduce((sum, length) => sum + length, 0));
    }),
    { numRuns: 1_000 },
  );
});

describe('given two events of one version that say different things', () => {
  const atOne = planBatch(new Map(), [event('k', 1)]);

  test.each<[string, ReadonlyMap<string, KeyState>, InboxEvent[]]>([
    ['the last one applied and one arriving', stored(new Map(), atOne), [event('k', 1, 'other')]],
    ['both in one batch, in their turn', new Map(), [event('k', 1), event('k', 1, 'other')]],
    ['both in one batch, early', new Map(), [event('k', 3), event('k', 3, 'other')]],
    [
      'one kept and one arriving',
      new Map([['k', { ...fresh, early: [event('k', 3)] }]]),
      [event('k', 3, 'other')],
    ],
  ])('%s: the batch is refused', (_what, states, events) => {
    expect(() => planBatch(states, events)).toThrow(DivergedEventError);
  });

  test('the error names the event, not its content', () => {
    expect(() => planBatch(stored(new Map(), atOne), [event('k', 1, 'secret')])).toThrow(
      expect.objectContaining({ code: 'inbox-event-diverged', key: 'k', version: 1, topic: 't' }),
    );
    expect(() => planBatch(stored(new Map(), atOne), [event('k', 1, 'secret')])).not.toThrow(/secret/);
  });
});

test('given a delivery of another epoch with the same content, it is a repetition', () => {
  const states = stored(new Map(), planBatch(new Map(), [event('k', 1)]));
  const plan = planBatch(states, [{ ...event('k', 1), epoch: 1 }]);
  expect(plan).toEqual({ apply: [], keep: [], release: [], advances: [], skipped: 1 });
});

test('given the missing event, what waited for it follows in the same batch and leaves the store', () => {
  const early = [event('k', 2), event('k', 3), event('k', 5)];
  const plan = planBatch(new Map([['k', { ...fresh, early }]]), [event('k', 1)]);
  expect(plan.apply.map((one) => one.version)).toEqual([1, 2, 3]);
  expect(plan.release.map((one) => one.version)).toEqual([2, 3]);
  expect(plan.advances).toEqual([expect.objectContaining({ key: 'k', version: 3 })]);
  expect(plan.keep).toEqual([]);
});
