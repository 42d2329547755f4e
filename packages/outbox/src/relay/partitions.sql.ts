import type { Queryable } from './relay-database.ts';

/**
 * Makes the daily partitions of today and the days ahead. Waits at most 50 ms for a lock; SQLSTATE 55P03 means
 * that somebody held one, and asks to be tried again later.
 *
 * @returns how many were missing
 */
export async function makePartitions(database: Queryable, daysAhead: number): Promise<number> {
  const { rows } = await database.query<{ made: number }>({
    text: 'select outbox_make_partitions($1) as made',
    values: [daysAhead],
  });
  return rows[0]?.made ?? 0;
}
