import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboxEvent } from './event.ts';
import { payloadHash } from './payload-hash.ts';
import { type BatchPlan, type KeyState, planBatch as plan, type Rules, untouched } from './plan.ts';

function event(key: string, version: number, payload = `${key} at ${version}`): InboxEvent {
  const value = Buffer.from(payload);
  return { topic: 't', partition: 0, offset: 0n, key, version, epoch: 0, value, headers: {} };
}

const rules: Rules = { order: 'gapless', onDivergence: 'stop the key', limit: Infinity };

/** Plans for the keys of the events, as if each had been read. */
function planBatch(
  states: ReadonlyMap<string, KeyState>,
  events: readonly InboxEvent[],
  more: Partial<Rules> = {},
): BatchPlan {
  const byKey = Map.groupBy(events, ({ key }) => key);
  const keys = new Set([...states.keys(), ...byKey.keys()]);
  const known = new Map([...keys].map((key) => [key, states.get(key) ?? untouched]));
  return plan({ ...rules, ...more }, known, byKey);
}

/** What storing a plan does, on plain data. */
function stored(states: ReadonlyMap<string, KeyState>, plan: BatchPlan): Map<string, KeyState> {
  const next = new Map(states);
  const change = (key: string, step: (state: KeyState) => KeyState) =>
    next.set(key, step(next.get(key) ?? untouched));
  for (const { key, ...step } of plan.advances) {
    change(key, (state) => ({ ...state, gate: { state: 'applied', ...step } }));
  }
  for (const kept of plan.keep) {
    expect(next.get(kept.key)?.kept.some((one) => one.version === kept.version)).not.toBe(true);
    change(kept.key, (state) => ({ ...state, kept: [...state.kept, kept] }));
  }
  for (const released of plan.release) {
    change(released.key, (state) => ({ ...state, kept: state.kept.filter((one) => one !== released) }));
  }
  return next;
}

/** What a member reads of them that reads pages: of each key the first few, and what arrives again. */
function paged(
  states: ReadonlyMap<string, KeyState>,
  events: readonly InboxEvent[],
  size: number,
): ReadonlyMap<string, KeyState> {
  const page = (key: string, state: KeyState): KeyState => {
    const all = state.kept.toSorted((a, b) => a.version - b.version);
    const arriving = new Set(events.filter((one) => one.key === key).map(({ version }) => version));
    return {
      ...state,
      kept: all.filter(({ version }, i) => i < size || arriving.has(version)),
      keptUpTo: all.length > size ? all[size - 1]?.version : undefined,
    };
  };
  return new Map([...states].map(([key, state]) => [key, page(key, state)]));
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
          fc.constantFrom(1, 2, 3, 100),
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
    fc.property(deliveries, ([lengths, sequence, sizes, page]) => {
      let states = new Map<string, KeyState>();
      const applied: InboxEvent[] = [];
      const delivered: InboxEvent[] = [];
      for (const batch of cut(sequence, sizes)) {
        let settled = 0;
        for (let events = batch, ready = ['at first']; ready.length > 0; events = []) {
          const plan = planBatch(paged(states, events, page), events);
          states = stored(states, plan);
          applied.push(...plan.apply);
          settled += plan.skipped + plan.keep.length + plan.apply.length - plan.release.length;
          ready = [...plan.ready];
        }
        delivered.push(...batch);
        expect(settled).toBe(batch.length);
        for (const key of lengths.keys().map((k) => `k${k}`)) {
          const versions = applied.filter((one) => one.key === key).map((one) => one.version);
          expect(versions).toEqual(expectedVersions(delivered, key));
          const last = states.get(key)?.gate;
          expect(last?.state === 'applied' ? last.version : 0).toBe(versions.length);
          const waiting = new Set(
            delivered.filter((one) => one.key === key && one.version > versions.length),
          );
          expect(new Set(states.get(key)?.kept)).toEqual(waiting);
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
      new Map([['k', { ...untouched, kept: [event('k', 3)] }]]),
      [event('k', 3, 'other')],
    ],
  ])('%s: the key stops', (_what, states, events) => {
    const { diverged } = planBatch(states, events);
    expect(diverged).toEqual([{ key: 'k', event: events.at(-1), effect: 'its key stops' }]);
  });

  test('of another key nothing is held up, and of this one what comes later is kept', () => {
    const events = [event('k', 1, 'other'), event('k', 2), event('l', 1)];
    const { apply, keep } = planBatch(stored(new Map(), atOne), events);
    expect([apply, keep]).toEqual([[event('l', 1)], [event('k', 2)]]);
  });

  test('told to keep what was applied, it goes on', () => {
    const events = [event('k', 1, 'other'), event('k', 2)];
    const { apply, diverged } = planBatch(stored(new Map(), atOne), events, {
      onDivergence: 'keep what was applied',
    });
    const divergence = { key: 'k', event: event('k', 1, 'other'), effect: 'its key goes on' };
    expect([apply, diverged]).toEqual([[event('k', 2)], [divergence]]);
  });
});

test('given a delivery of another epoch with the same content, it is a repetition', () => {
  const states = stored(new Map(), planBatch(new Map(), [event('k', 1)]));
  const plan = planBatch(states, [{ ...event('k', 1), epoch: 1 }]);
  expect(plan).toEqual({
    apply: [],
    keep: [],
    release: [],
    advances: [],
    diverged: [],
    skipped: 1,
    ready: [],
  });
});

test('given the missing event, what waited for it follows in the same batch and leaves the store', () => {
  const kept = [event('k', 2), event('k', 3), event('k', 5)];
  const plan = planBatch(new Map([['k', { ...untouched, kept }]]), [event('k', 1)]);
  expect(plan.apply.map((one) => one.version)).toEqual([1, 2, 3]);
  expect(plan.release.map((one) => one.version)).toEqual([2, 3]);
  expect(plan.advances).toEqual([expect.objectContaining({ key: 'k', version: 3 })]);
  expect(plan.keep).toEqual([]);
});

test('given a limit, what is beyond it is kept, and the key is ready to go on', () => {
  const first = planBatch(new Map(), [event('k', 1), event('k', 2), event('k', 3)], { limit: 1 });
  expect(first.apply).toEqual([event('k', 1)]);
  expect(first.keep).toEqual([event('k', 2), event('k', 3)]);
  expect(first.ready).toEqual(['k']);
  const rest = planBatch(stored(new Map(), first), []);
  expect(rest.apply).toEqual([event('k', 2), event('k', 3)]);
  expect(rest.ready).toEqual([]);
});

test('given more stored events than were read, none of them is passed over, and the key is ready to go on', () => {
  const kept = [event('k', 10), event('k', 11), event('k', 12)];
  const all = new Map([['k', { ...untouched, kept }]]);
  const plan = planBatch(paged(all, [], 2), [event('k', 20)], { order: 'per-topic' });
  expect(plan.apply).toEqual([event('k', 10), event('k', 11)]);
  expect([plan.keep, plan.ready]).toEqual([[event('k', 20)], ['k']]);
  const waiting = planBatch(paged(all, [], 2), [event('k', 20)]);
  expect([waiting.apply, waiting.ready]).toEqual([[], []]);
});

describe('given a key that stands at a version', () => {
  const stop = { version: 2, reason: 'poison' } as const;
  const states = new Map([['k', { ...stored(new Map(), planBatch(new Map(), [event('k', 1)])).get('k') }]]);
  const stopped = new Map([['k', { ...untouched, ...states.get('k'), stop }]]);

  test('it keeps its successors, and takes neither what it has applied nor what it stands at', () => {
    const plan = planBatch(stopped, [event('k', 1), event('k', 2), event('k', 3), event('k', 3)]);
    expect([plan.apply, plan.keep, plan.skipped]).toEqual([[], [event('k', 3)], 3]);
  });

  test('another story of what it stands at, of what it keeps or has applied is told beside it, once', () => {
    const dead = [{ version: 2, epoch: 0, payloadHash: payloadHash(event('k', 2)) }];
    const state = { ...untouched, ...stopped.get('k'), kept: [event('k', 3)], dead };
    const told = [1, 2, 3, 4].map((version) => ({ ...event('k', version, 'restored'), epoch: 1 }));
    const plan = planBatch(new Map([['k', state]]), [...told, ...told, event('k', 2), event('k', 3)]);
    const effect = 'its key stands already';
    expect(plan.diverged).toEqual(told.slice(0, 3).map((one) => ({ key: 'k', event: one, effect })));
    expect([plan.apply, plan.keep, plan.skipped]).toEqual([[], told.slice(3), 6]);
  });

  test('per topic too', () => {
    const plan = planBatch(stopped, [event('k', 5), event('k', 3)], { order: 'per-topic' });
    expect([plan.apply, plan.keep]).toEqual([[], [event('k', 5), event('k', 3)]]);
    const freed = planBatch(
      new Map([['k', { ...untouched, ...states.get('k'), kept: plan.keep }]]),
      [event('k', 4)],
      { order: 'per-topic' },
    );
    expect(freed.apply.map(({ version }) => version)).toEqual([3, 5]);
    expect(freed.skipped).toBe(1);
  });
});
