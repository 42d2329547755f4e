import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InboxEvent } from './event.ts';
import { payloadHash } from './payload-hash.ts';
import { type BatchPlan, type KeyState, planBatch, untouched } from './plan.ts';

/** A source that was restored: each epoch tells a history of its own from some version on. */
const deliveries = fc.record({
  events: fc.array(
    fc.record({
      version: fc.integer({ min: 1, max: 5 }),
      epoch: fc.integer({ min: 0, max: 2 }),
      story: fc.constantFrom('same', 'same', 'same', 'other'),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }),
});

function eventOf({ version, epoch, story }: { version: number; epoch: number; story: string }): InboxEvent {
  const value = Buffer.from(`${story} ${version}`);
  return { topic: 't', partition: 0, offset: 0n, key: 'k', version, epoch, value, headers: {} };
}

/** The gate as one would explain it, an event at a time. */
class Model {
  readonly applied: InboxEvent[] = [];
  readonly kept = new Map<number, InboxEvent>();
  readonly dead: InboxEvent[] = [];
  stoppedAt: number | undefined;

  take(event: InboxEvent): void {
    const { version } = event;
    if (version < this.applied.length) return; // forgotten
    const known = this.applied[version - 1] ?? this.kept.get(version);
    const rivals = [known, ...this.dead.filter((one) => one.version === version)].filter(
      (one) => one !== undefined,
    );
    if (rivals.some((rival) => String(rival.value) === String(event.value))) return;
    if (rivals.length > 0) {
      if (rivals.some((rival) => event.epoch < rival.epoch)) return;
      this.stoppedAt ??= version;
      this.dead.push(event);
      return;
    }
    if (this.stoppedAt !== undefined) {
      this.kept.set(version, event);
      return;
    }
    this.kept.set(version, event);
    for (let next = this.nextKept(); next !== undefined; next = this.nextKept()) {
      this.kept.delete(next.version);
      this.applied.push(next);
    }
  }

  private nextKept(): InboxEvent | undefined {
    return this.kept.get(this.applied.length + 1);
  }
}

function stored(state: KeyState, plan: BatchPlan): KeyState {
  const [advance] = plan.advances;
  const diverged = plan.diverged.find(({ effect }) => effect === 'its key stops');
  const died = plan.diverged.map(({ event }) => ({ ...event, payloadHash: payloadHash(event) }));
  const kept = [...state.kept.filter((event) => !plan.release.includes(event)), ...plan.keep];
  return {
    gate: advance ? { state: 'applied', ...advance } : state.gate,
    stop: diverged ? { version: diverged.event.version, reason: 'diverged' } : state.stop,
    kept,
    keptUpTo: undefined,
    dead: [...state.dead, ...died],
  };
}

test('given any deliveries of any epochs, cut anywhere, the plan does what the model does', () => {
  let stops = 0;
  fc.assert(
    fc.property(deliveries, ({ events, sizes }) => {
      const model = new Model();
      const applied: InboxEvent[] = [];
      const dead: InboxEvent[] = [];
      let state = untouched;
      for (let at = 0, turn = 0; at < events.length; turn += 1) {
        const batch = events.slice(at, at + (sizes[turn % sizes.length] ?? 1)).map(eventOf);
        at += batch.length;
        for (const event of batch) model.take(event);
        const plan = planBatch(
          { order: 'gapless', onDivergence: 'stop the key', limit: Infinity },
          new Map([['k', state]]),
          new Map([['k', batch]]),
        );
        state = stored(state, plan);
        applied.push(...plan.apply);
        expect(applied).toEqual(model.applied);
        expect(state.stop?.version).toBe(model.stoppedAt);
        expect(new Set(state.kept)).toEqual(new Set(model.kept.values()));
        dead.push(...plan.diverged.map(({ event }) => event));
        expect(dead).toEqual(model.dead);
      }
      expect(applied.map(({ version }) => version)).toEqual(applied.map((_, i) => i + 1));
      // No story is lost: it was applied, waits, or is known by another that says the same or a later epoch's.
      const held = [...applied, ...state.kept, ...dead];
      for (const event of events.map(eventOf).filter(({ version }) => version > applied.length)) {
        const ofVersion = held.filter(({ version }) => version === event.version);
        const isHeld = ofVersion.some((one) => String(one.value) === String(event.value));
        expect(isHeld || ofVersion.some(({ epoch }) => epoch > event.epoch)).toBe(true);
      }
      if (model.stoppedAt !== undefined) stops += 1;
    }),
    { numRuns: 1_500 },
  );
  // The histories do contradict each other, or this test would say nothing about that.
  expect(stops).toBeGreaterThan(100);
});
