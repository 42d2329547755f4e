import type { Queryable } from '../relay/relay-database.ts';
import { dropPartition, LOCKED, type OldPartition, readOldPartitions } from './retention.sql.ts';

export interface KeptPartition extends OldPartition {
  readonly reason: string;
}

/** What a round of retention came to. */
export interface RetentionOutcome {
  /** Names of partitions that are gone, oldest first. */
  readonly dropped: readonly string[];
  /** What is older than the retention or in a default partition, and why it is still there. */
  readonly kept: readonly KeptPartition[];
  /** Whether another try soon may do better. */
  readonly isWorthRetrying: boolean;
}

/**
 * Drops every day of events and receipts that is older than `keepDays` and that nobody can need any more, one
 * transaction each. A day goes only when all its events are published; its receipts only when its events are gone.
 *
 * @param keepDays 1 to 3650
 */
export async function dropOldDays(database: Queryable, keepDays: number): Promise<RetentionOutcome> {
  const dropped: string[] = [];
  const kept: KeptPartition[] = [];
  // Events first: only when those of a day are gone can its receipts follow in the same round.
  for (const parent of ['outbox', 'outbox_progress'] as const) {
    const old = (await readOldPartitions(database, keepDays)).filter((each) => each.parent === parent);
    for (const partition of old) {
      const answer =
        partition.reason === null
          ? await dropPartition(database, partition.partition, keepDays)
          : { outcome: 'kept' as const, reason: partition.reason, lanes: partition.lanes };
      if (answer.outcome === 'dropped') dropped.push(partition.partition);
      else kept.push({ ...partition, lanes: answer.lanes, reason: answer.reason ?? 'unknown' });
    }
  }
  return { dropped, kept, isWorthRetrying: kept.some(({ reason }) => reason === LOCKED) };
}
