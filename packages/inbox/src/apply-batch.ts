import type { ClientBase } from 'pg';
import { keepEarly, readEarly, releaseEarly } from './early.sql.ts';
import type { InboxEvent } from './event.ts';
import { advanceGates, insertMissingGates, lockGates, readGates } from './gate.sql.ts';
import { type BatchPlan, type KeyState, planBatch } from './plan.ts';

export interface Batch {
  /** Gates are kept per group: each group applies every event once. */
  readonly group: string;
  /** In any order, with any repetition. */
  readonly events: readonly InboxEvent[];
  /**
   * Makes the effect of events that have their turn, in version order per key, inside the transaction of `client`.
   * It may run again for the same events when the transaction fails, so it has no effect outside the database.
   */
  readonly handler: (client: ClientBase, events: readonly InboxEvent[]) => Promise<void>;
}

export interface BatchOutcome {
  readonly applied: number;
  readonly kept: number;
  readonly skipped: number;
}

/**
 * Applies a batch exactly once: gate and effect in one transaction that begins and ends here. After it has resolved,
 * Kafka's offsets may be committed; when it rejects, nothing happened or (after a lost answer to COMMIT) everything
 * did, and the same batch may come again in both cases.
 *
 * Two members of a group may bring the two topics of one key at once. They cannot deadlock: what is waited for
 * while adding gates is another's *new* gate, and whoever has gone on to lock gates waits for none of those, since
 * all of its own keys exist and are committed or its own by then; the locks themselves are taken in key order.
 *
 * @throws DivergedEventError; what the handler throws; what pg throws
 */
export async function applyBatch(
  client: ClientBase,
  { group, events, handler }: Batch,
): Promise<BatchOutcome> {
  if (events.length === 0) return { applied: 0, kept: 0, skipped: 0 };
  // A repeatable-read transaction would read what was there before it had the locks.
  await client.query('begin isolation level read committed');
  try {
    const plan = planBatch(await lockKeys(client, group, events), events);
    if (plan.apply.length > 0) await handler(client, plan.apply);
    await storePlan(client, group, plan);
    await client.query('commit');
    return { applied: plan.apply.length, kept: plan.keep.length, skipped: plan.skipped };
  } catch (error) {
    // The first error is the one that tells; on a lost connection the rollback has happened already.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function lockKeys(
  client: ClientBase,
  group: string,
  events: readonly InboxEvent[],
): Promise<ReadonlyMap<string, KeyState>> {
  const keys = [...new Set(events.map((event) => event.key))].toSorted();
  await insertMissingGates(client, group, keys);
  const locked = await lockGates(client, group, keys);
  if (locked !== keys.length)
    throw new Error(`${keys.length - locked} gates vanished; is something deleting them?`);
  const gates = await readGates(client, group, keys);
  const early = Map.groupBy(await readEarly(client, group, keys), (event) => event.key);
  return new Map(
    keys.map((key) => [key, { gate: gates.get(key) ?? { state: 'fresh' }, early: early.get(key) ?? [] }]),
  );
}

async function storePlan(client: ClientBase, group: string, plan: BatchPlan): Promise<void> {
  if (plan.advances.length > 0) await advanceGates(client, group, plan.advances);
  if (plan.keep.length > 0) await keepEarly(client, group, plan.keep);
  if (plan.release.length > 0) await releaseEarly(client, group, plan.release);
}
