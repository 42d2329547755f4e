import type { Queryable } from '../relay/relay-database.ts';

/** A day's partition older than the retention, or a default partition that is in use. */
export interface OldPartition {
  readonly parent: 'outbox' | 'outbox_progress';
  readonly partition: string;
  /** `2026-11-24`; null for a default partition. */
  readonly day: string | null;
  /** Why it cannot go; null when nothing is in the way. */
  readonly reason: string | null;
  /** The lanes that the reason is about. */
  readonly lanes: readonly number[];
}

/**
 * What is older than the retention, oldest day first. Takes no lock that anybody could wait for, and costs a probe
 * or two per lane and day; the default partitions are scanned.
 *
 * @param keepDays 1 to 3650
 */
export async function readOldPartitions(database: Queryable, keepDays: number): Promise<OldPartition[]> {
  const { rows } = await database.query<{
    parent: OldPartition['parent'];
    partition: string;
    day: string | null;
    reason: string | null;
    lanes: number[] | null;
  }>({
    text: `select parent, partition_name as partition, day::text, reason, lanes from outbox_old_days($1)`,
    values: [keepDays],
  });
  return rows.map(({ lanes, ...row }) => ({ ...row, lanes: lanes ?? [] }));
}

export interface DropAnswer {
  readonly outcome: 'dropped' | 'kept';
  readonly reason: string | null;
  readonly lanes: readonly number[];
}

/** A drop that would have had to wait: the only reason to try again soon. */
export const LOCKED = 'locked by an open transaction';

/** Of the functions of retention: what ends by itself, or is done by whoever else drops days. */
const PASSING: ReadonlySet<string> = new Set([
  LOCKED,
  'another process drops days',
  'not an old partition of the outbox',
  'receipts that were just added',
  'receipts of events that are kept',
  // Of a default partition: by the time they are old it goes.
  'events younger than the retention',
  'receipts younger than the retention',
]);

/** Whether a partition is kept for a reason that asks nothing of anybody: a later round drops it, or finds it gone. */
export function isPassing({ reason }: { readonly reason: string }): boolean {
  return PASSING.has(reason);
}

/**
 * Drops one old partition, unless something is in its way by now. Writers wait for at most 50 ms. To be run outside any
 * transaction: its locks are held until the end.
 */
export async function dropPartition(
  database: Queryable,
  partition: string,
  keepDays: number,
): Promise<DropAnswer> {
  const { rows } = await database.query<{
    outcome: DropAnswer['outcome'];
    reason: string | null;
    lanes: number[] | null;
  }>({
    text: 'select outcome, reason, lanes from outbox_drop_partition($1, $2)',
    values: [partition, keepDays],
  });
  const [answer] = rows;
  if (answer === undefined) throw new Error('outbox_drop_partition() answered no row');
  return { ...answer, lanes: answer.lanes ?? [] };
}
