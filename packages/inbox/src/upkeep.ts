import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import type { Application } from './apply-batch.ts';
import { type DeliveryOutcome, type FailurePolicy, goOnStepwise } from './apply-delivery.ts';
import { carryOutWish, type ReadEnvelope } from './dead-letters/carry-out.ts';
import { copyDeadLetters } from './dead-letters/copy.ts';
import { readWishes } from './dead-letters/letters.sql.ts';
import { readWaitingGates } from './kept.sql.ts';
import type { DeadLetterTopics } from './message-source.ts';
import {
  countDeadLetters,
  countKept,
  type Gap,
  readGaps,
  readStoppedKeys,
  type StoppedKey,
} from './status.sql.ts';

/** What the group's tables say. Of all members: each reads the same. */
export interface StoredStatus {
  /** Events that wait for their turn; 100,000 stands for more. */
  readonly kept: number;
  /** Open for longer than the limit: how many, and the oldest first, at most 20. */
  readonly gaps: { readonly open: number; readonly oldest: readonly Gap[] };
  /** At most 100. */
  readonly stopped: readonly StoppedKey[];
  readonly deadLetters: { readonly waiting: number; readonly uncopied: number };
}

export interface Upkeep<Tx, Data> {
  readonly application: Application<Tx, Data>;
  readonly policy: FailurePolicy;
  readonly readEnvelope: ReadEnvelope;
  readonly deadLetterTopics: DeadLetterTopics;
  readonly gapLimitMs: number;
  /** Between two rounds, in ms; the status is read every tenth. */
  readonly everyMs: number;
  readonly onStatus: (status: StoredStatus) => void;
  readonly onOutcome: (outcome: DeliveryOutcome) => void;
  readonly onFailure: (error: unknown) => void;
}

const afterFailure: BackoffPolicy = { baseMs: 200, capMs: 10_000 };
const wishesAtOnce = 100;
/** Keys looked at in one go for events that somebody left ready. */
const keysAtOnce = 10_000;

/**
 * Does what no message asks for, until `signal` aborts: carries wishes out, goes on with keys that somebody left half
 * way, publishes copies of dead letters, and reads how things stand. Every member does it; gates and claims keep them
 * apart.
 */
export async function keepUp<Tx, Data>(upkeep: Upkeep<Tx, Data>, signal: AbortSignal): Promise<void> {
  let failures = 0;
  let after = '';
  for (let round = 0; !signal.aborted; round += 1) {
    const steps = new Steps(signal);
    const carriedOut = await carryOutWishes(upkeep, steps, signal);
    if (round % 10 === 0 || carriedOut > 0 || failures > 0)
      after = await lookAround(upkeep, after, steps, signal);
    // Last, because Kafka's absence is no reason to do nothing.
    await steps.try(() => copyDeadLetters(upkeep.application, upkeep.deadLetterTopics, signal));
    if (signal.aborted) return;
    const [failure] = steps.failures;
    failures = failure === undefined ? 0 : failures + 1;
    if (failure !== undefined) upkeep.onFailure(failure.error);
    const pause = failures === 0 ? 0 : backoffDelay(afterFailure, failures - 1, Math.random);
    if (carriedOut === 0) await wait(upkeep.everyMs + pause, signal);
  }
}

/** What is done one after another although one of it may fail: a wish that has to wait holds up nothing else. */
class Steps {
  readonly failures: { readonly error: unknown }[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @returns what `work` came to; undefined when it failed, or has not begun because of the signal */
  async try<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#signal.aborted) return undefined;
    try {
      return await work();
    } catch (error) {
      this.failures.push({ error });
      return undefined;
    }
  }
}

/** @returns how many did not fail */
async function carryOutWishes<Tx, Data>(
  upkeep: Upkeep<Tx, Data>,
  steps: Steps,
  signal: AbortSignal,
): Promise<number> {
  const { application, policy, readEnvelope, onOutcome } = upkeep;
  const { storage, group } = application;
  const letters = await steps.try(() =>
    storage.transaction(({ sql }) => readWishes(sql, group, wishesAtOnce)),
  );
  let carriedOut = 0;
  for (const letter of letters ?? []) {
    const outcome = await steps.try(() =>
      carryOutWish(application, policy, { letter, readEnvelope }, signal),
    );
    if (outcome === undefined) continue;
    carriedOut += 1;
    onOutcome(outcome);
  }
  return carriedOut;
}

/** @returns behind which key the next look goes on */
async function lookAround<Tx, Data>(
  upkeep: Upkeep<Tx, Data>,
  after: string,
  steps: Steps,
  signal: AbortSignal,
): Promise<string> {
  const { application, policy, gapLimitMs, onOutcome, onStatus } = upkeep;
  const { storage, group, order } = application;
  const waiting = await steps.try(() =>
    storage.transaction(({ sql }) => readWaitingGates(sql, group, { order, after, atMost: keysAtOnce })),
  );
  for (const { key: gateKey, ready } of waiting ?? []) {
    if (!ready) continue;
    const outcome = await steps.try(() => goOnStepwise(application, policy, gateKey, signal));
    if (outcome !== undefined) onOutcome(outcome);
  }
  const status = await steps.try(() =>
    storage.transaction(async ({ sql }) => ({
      kept: await countKept(sql, group, 100_000),
      gaps: await readGaps(sql, group, { limitMs: gapLimitMs, atMost: 20 }),
      stopped: await readStoppedKeys(sql, group, 100),
      deadLetters: await countDeadLetters(sql, group),
    })),
  );
  if (status !== undefined) onStatus(status);
  return waiting?.length === keysAtOnce ? (waiting.at(-1)?.key ?? '') : '';
}
