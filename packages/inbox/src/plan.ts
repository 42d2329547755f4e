import { DivergedEventError } from './diverged-event-error.ts';
import type { InboxEvent } from './event.ts';
import { decideGapless, type Gate } from './gapless.ts';
import { payloadHash } from './payload-hash.ts';

/** What is stored for one key, as read under its lock. */
export interface KeyState {
  readonly gate: Gate;
  /** Kept until their turn, by version. */
  readonly early: readonly InboxEvent[];
}

/** A gate that moves with this batch. */
export interface GateAdvance {
  readonly key: string;
  readonly version: number;
  readonly epoch: number;
  readonly payloadHash: string;
}

export interface BatchPlan {
  /** In version order per key. */
  readonly apply: readonly InboxEvent[];
  /** Came before their turn; to be stored. */
  readonly keep: readonly InboxEvent[];
  /** Were stored and are applied now; to be removed. */
  readonly release: readonly InboxEvent[];
  readonly advances: readonly GateAdvance[];
  /** Deliveries that were known already. */
  readonly skipped: number;
}

/**
 * Decides over a whole batch: which events are applied now, in which order, and what is stored until its turn.
 *
 * @param states one entry for every key of the events
 * @throws DivergedEventError when two events of one version contradict each other
 */
export function planBatch(states: ReadonlyMap<string, KeyState>, events: readonly InboxEvent[]): BatchPlan {
  const plans = [...Map.groupBy(events, (event) => event.key)].map(([key, arrivals]) =>
    planKey(key, states.get(key) ?? { gate: { state: 'fresh' }, early: [] }, arrivals),
  );
  return {
    apply: plans.flatMap((plan) => plan.apply),
    keep: plans.flatMap((plan) => plan.keep),
    release: plans.flatMap((plan) => plan.release),
    advances: plans.flatMap((plan) => plan.advances),
    skipped: plans.reduce((sum, plan) => sum + plan.skipped, 0),
  };
}

function planKey(key: string, { gate: stored, early }: KeyState, arrivals: readonly InboxEvent[]): BatchPlan {
  const waiting = new Map(early.map((event) => [event.version, event]));
  const apply: InboxEvent[] = [];
  let gate = stored;
  let skipped = 0;

  const applyWithSuccessors = (first: InboxEvent | undefined): void => {
    for (let event = first; event; event = waiting.get(event.version + 1)) {
      apply.push(event);
      waiting.delete(event.version);
      gate = { state: 'applied', ...stepOf(event) };
    }
  };

  for (const event of arrivals) {
    const hash = payloadHash(event.payload);
    const decision = decideGapless(gate, { version: event.version, payloadHash: hash });
    const kept = waiting.get(event.version);
    if (decision.kind === 'diverged' || (kept && payloadHash(kept.payload) !== hash)) {
      throw new DivergedEventError(event);
    }
    if (decision.kind === 'apply') applyWithSuccessors(event);
    else if (decision.kind === 'keep' && !kept) waiting.set(event.version, event);
    else skipped += 1;
  }

  const storedEarly = new Set(early);
  return {
    apply,
    keep: [...waiting.values()].filter((event) => !storedEarly.has(event)),
    release: early.filter((event) => !waiting.has(event.version)),
    advances: gate.state === 'applied' && gate !== stored ? [{ key, ...gate }] : [],
    skipped,
  };
}

function stepOf({ version, epoch, payload }: InboxEvent) {
  return { version, epoch, payloadHash: payloadHash(payload) };
}
