import type { Queryable } from './relay-database.ts';

export interface MadePartitions {
  /** Partitions that were missing. */
  readonly made: number;
  /** Partitions that cannot be made, because rows of their day are in the default partition. */
  readonly blocked: number;
}

/**
 * Makes the daily partitions of today and the days ahead. Waits at most 50 ms for a lock; SQLSTATE 55P03 means
 * that somebody held one, and asks to be tried again later.
 */
export async function makePartitions(database: Queryable, daysAhead: number): Promise<MadePartitions> {
  const { rows } = await database.query<{ made: number; blocked: number }>({
    text: 'select made, blocked from outbox_make_partitions($1)',
    values: [daysAhead],
  });
  return rows[0] ?? { made: 0, blocked: 0 };
}

/**
 * Walks from one lane number to the next along ix_outbox_lane_seq: a probe per lane and partition, whatever the
 * number of rows.
 */
const STRAY_LANES = `
with recursive lanes (lane) as (
  select min(lane) from outbox
  union all
  select (select min(o.lane) from outbox o where o.lane > lanes.lane) from lanes where lanes.lane is not null
)
select lane from lanes where lane is not null and lane not in (select lane from outbox_lane) order by lane`;

/** @returns lane numbers that events wait in and no relay reads, because `outbox_lane` does not know them */
export async function findStrayLanes(database: Queryable): Promise<number[]> {
  const { rows } = await database.query<{ lane: number }>({ text: STRAY_LANES, values: [] });
  return rows.map(({ lane }) => lane);
}
