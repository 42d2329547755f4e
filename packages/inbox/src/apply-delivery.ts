import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import { type Application, applyBatch, type BatchOutcome, gateKeyOf } from './apply-batch.ts';
import { applyNext } from './apply-next.ts';
import { bury } from './dead-letters/bury.ts';
import type { InboxEvent } from './event.ts';
import { classifyFailure, EventRefusedError, type FailureClass, tookTooLong } from './failure.ts';

/** What becomes of an event that cannot be applied. */
export interface FailurePolicy {
  /** How often an event is tried alone before it is a dead letter. */
  readonly attempts: number;
  readonly backoff: BackoffPolicy;
  /** Whether its key's later events wait until an operator has acted, or go on without it. */
  readonly onPoison: 'successors wait' | 'successors go on';
  /** An opinion about what the handler threw; undefined leaves it to the kit. */
  readonly classify: (cause: unknown) => FailureClass | undefined;
}

/** An event that was given up in this delivery. */
export interface Burial {
  readonly event: InboxEvent;
  readonly error: unknown;
  readonly attempts: number;
}

export interface DeliveryOutcome {
  readonly applied: number;
  readonly kept: number;
  readonly skipped: number;
  readonly diverged: readonly InboxEvent[];
  readonly buried: readonly Burial[];
}

export const nothingDone: DeliveryOutcome = { applied: 0, kept: 0, skipped: 0, diverged: [], buried: [] };

/**
 * Applies events, and gives up those that cannot be applied. One transaction where nothing is wrong. Where an event is,
 * the batch is halved by keys until its key stands alone, and that key goes step by step: so a poison costs the others
 * a few more transactions and nothing else. A batch that took the database too long is halved like one that holds a
 * poison; an event alone that does so pauses its partition, and no attempt is counted. What a crash leaves half done the redelivery skips.
 *
 * @throws the failure of which no event is the cause; everything has to come again then
 */
export async function applyDelivery<Tx, Data>(
  application: Application<Tx, Data>,
  policy: FailurePolicy,
  events: readonly InboxEvent[],
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  let whole: BatchOutcome | undefined;
  try {
    whole = await applyBatch(application, { events });
  } catch (error) {
    const isDivisible = tookTooLong(error) && events.length > 1;
    if (classifyFailure(error, policy.classify) === 'pause' && !isDivisible) throw error;
  }
  if (whole) return together(outcomeOf(whole), await goOn(application, policy, whole.ready, signal));
  const byGate = [...Map.groupBy(events, (event) => gateKeyOf(application.order, event))];
  const [first] = byGate;
  if (first !== undefined && byGate.length === 1) {
    // Stored first, so that each of them has its turn alone.
    const stored = outcomeOf(await applyBatch(application, { events, limit: 0 }));
    return together(stored, await goOnStepwise(application, policy, first[0], signal));
  }
  const half = Math.ceil(byGate.length / 2);
  let outcome = nothingDone;
  for (const part of [byGate.slice(0, half), byGate.slice(half)]) {
    const its = part.flatMap(([, ofKey]) => ofKey);
    outcome = together(outcome, await applyDelivery(application, policy, its, signal));
  }
  return outcome;
}

/**
 * Applies what is stored behind gates that are ready, a page a transaction.
 *
 * @throws the failure of which no event is the cause
 */
async function goOn<Tx, Data>(
  application: Application<Tx, Data>,
  policy: FailurePolicy,
  gateKeys: readonly string[],
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  let outcome = nothingDone;
  for (let ready = gateKeys; ready.length > 0; ) {
    signal.throwIfAborted();
    try {
      const page = await applyBatch(application, { events: [], gateKeys: ready });
      outcome = together(outcome, outcomeOf(page));
      ready = page.ready;
    } catch (error) {
      if (classifyFailure(error, policy.classify) === 'pause' && !tookTooLong(error)) throw error;
      for (const gateKey of ready)
        outcome = together(outcome, await goOnStepwise(application, policy, gateKey, signal));
      return outcome;
    }
  }
  return outcome;
}

/**
 * Applies what is stored behind one gate, an event a transaction, until nothing has its turn or the key stops.
 *
 * @throws the failure of which no event is the cause
 */
export async function goOnStepwise<Tx, Data>(
  application: Application<Tx, Data>,
  policy: FailurePolicy,
  gateKey: string,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  let outcome = nothingDone;
  let attempts = 0;
  for (;;) {
    signal.throwIfAborted();
    const step = await applyNext(application, gateKey);
    if (step.state === 'nothing to do') return outcome;
    if (step.state === 'applied') {
      outcome = together(outcome, { ...nothingDone, applied: 1 });
      attempts = 0;
      continue;
    }
    const { event, error } = step;
    if (classifyFailure(error, policy.classify) === 'pause') throw error;
    attempts += 1;
    if (attempts < policy.attempts && !(error instanceof EventRefusedError)) {
      await wait(backoffDelay(policy.backoff, attempts - 1, Math.random), signal);
      continue;
    }
    const burial = { event, error, attempts };
    if (await bury(application, policy.onPoison, burial)) {
      outcome = together(outcome, { ...nothingDone, buried: [burial] });
    }
    attempts = 0;
  }
}

function outcomeOf({ ready: _ready, ...outcome }: BatchOutcome): DeliveryOutcome {
  return { ...outcome, buried: [] };
}

export function together(a: DeliveryOutcome, b: DeliveryOutcome): DeliveryOutcome {
  return {
    applied: a.applied + b.applied,
    kept: a.kept + b.kept,
    skipped: a.skipped + b.skipped,
    diverged: [...a.diverged, ...b.diverged],
    buried: [...a.buried, ...b.buried],
  };
}
