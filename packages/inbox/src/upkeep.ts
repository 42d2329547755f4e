import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import type { Application } from './apply-batch.ts';
import { type DeliveryOutcome, type FailurePolicy, goOnStepwise } from './apply-delivery.ts';
import { carryOutWish, type ReadEnvelope } from './dead-letters/carry-out.ts';
import { copyDeadLetters } from './dead-letters/copy.ts';
import { readWishes } from './dead-letters/letters.sql.ts';
import { readReadyGates } from './kept.sql.ts';
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
  /** Open for longer than the limit, the oldest first, at most 20. */
  readonly gaps: readonly Gap[];
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

/**
 * Does what no message asks for, until `signal` aborts: carries wishes out, goes on with keys that somebody left half
 * way, publishes copies of dead letters, and reads how things stand. Every member does it; gates and claims keep them
 * apart.
 */
export async function keepUp<Tx, Data>(upkeep: Upkeep<Tx, Data>, signal: AbortSignal): Promise<void> {
  let failures = 0;
  for (let round = 0; !signal.aborted; round += 1) {
    let didSomething = false;
    try {
      didSomething = await carryOutWishes(upkeep, signal);
      if (round % 10 === 0 || didSomething || failures > 0) await lookAround(upkeep, signal);
      failures = 0;
      // Last, because Kafka's absence is no reason to do nothing.
      await copyDeadLetters(upkeep.application, upkeep.deadLetterTopics);
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      upkeep.onFailure(error);
    }
    const pause = failures === 0 ? 0 : backoffDelay(afterFailure, failures - 1, Math.random);
    if (!didSomething) await wait(upkeep.everyMs + pause, signal);
  }
}

/** @returns whether there were any */
async function carryOutWishes<Tx, Data>(upkeep: Upkeep<Tx, Data>, signal: AbortSignal): Promise<boolean> {
  const { application, policy, readEnvelope, onOutcome } = upkeep;
  const { storage, group } = application;
  const letters = await storage.transaction(({ sql }) => readWishes(sql, group, wishesAtOnce));
  for (const letter of letters) {
    signal.throwIfAborted();
    onOutcome(await carryOutWish(application, policy, { letter, readEnvelope }, signal));
  }
  return letters.length > 0;
}

async function lookAround<Tx, Data>(upkeep: Upkeep<Tx, Data>, signal: AbortSignal): Promise<void> {
  const { application, policy, gapLimitMs, onOutcome, onStatus } = upkeep;
  const { storage, group, order } = application;
  const left = await storage.transaction(({ sql }) => readReadyGates(sql, group, { order, atMost: 100 }));
  for (const gateKey of left) onOutcome(await goOnStepwise(application, policy, gateKey, signal));
  onStatus(
    await storage.transaction(async ({ sql }) => ({
      kept: await countKept(sql, group, 100_000),
      gaps: await readGaps(sql, group, { limitMs: gapLimitMs, atMost: 20 }),
      stopped: await readStoppedKeys(sql, group, 100),
      deadLetters: await countDeadLetters(sql, group),
    })),
  );
}
