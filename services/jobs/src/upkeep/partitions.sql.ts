import type { Queryable } from '../runs/job.ts';

export interface PartitionCheck {
  /** Days that were missing, of events and of progress. */
  readonly made: number;
  /** Days that cannot be made: rows of theirs are in the default partition. */
  readonly blocked: number;
}

/**
 * Makes the daily partitions of today and the days ahead. Waits at most 50 ms for a lock: SQLSTATE 55P03 means that
 * somebody held one, and asks to be tried again later.
 */
export async function makePartitions(session: Queryable, daysAhead: number): Promise<PartitionCheck> {
  const { rows } = await session.query<{ made: number; blocked: number }>({
    text: 'select made, blocked from outbox_make_partitions($1)',
    values: [daysAhead],
  });
  return rows[0] ?? { made: 0, blocked: 0 };
}
