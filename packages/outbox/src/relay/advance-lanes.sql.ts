import type { Step } from './cursor.ts';
import type { Queryable } from './relay-database.ts';

/** A step whose rows the broker has acknowledged. */
export interface Advance {
  readonly lane: number;
  readonly leaseEpoch: bigint;
  readonly logGeneration: number;
  readonly step: Step;
  readonly baseOffset: bigint;
  /** ms since the acknowledgement, by a monotonic clock: the receipt's time is then the database's own. */
  readonly ackAgeMs: number;
}

/**
 * One statement is one transaction: the lanes still held at the given epochs are locked in lane order, and only
 * those get their progress appended. A lane missing from the answer was granted to another relay.
 */
const ADVANCE = `
with step as (
  select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::pg_snapshot[], $5::bigint[], $6::bigint[],
                       $7::pg_snapshot[], $8::integer[], $9::bigint[], $10::text[], $11::float8[])
    as s (lane, lease_epoch, position, snapshot, floor, late_after, late_until, log_generation, base_offset, seqs, age)
), held as (
  select l.lane from outbox_lane l join step using (lane)
  where l.lease_epoch = step.lease_epoch
  order by l.lane for no key update of l
)
insert into outbox_progress
  (lane, position, snapshot, floor, late_after, late_until, log_generation, base_offset, first_seq, last_seq, seqs,
   published_at)
select lane, position, snapshot, floor, late_after, late_until, log_generation, base_offset,
       list.seqs[1], list.seqs[cardinality(list.seqs)], list.seqs,
       clock_timestamp() - age * interval '1 millisecond'
from held join step using (lane) cross join lateral (select step.seqs::bigint[]) as list (seqs)
returning lane`;

/** @returns the lanes whose progress is now committed */
export async function advanceLanes(
  database: Queryable,
  advances: readonly Advance[],
): Promise<ReadonlySet<number>> {
  const { rows } = await database.query<{ lane: number }>({
    name: 'outbox-advance-lanes',
    text: ADVANCE,
    values: [
      advances.map((advance) => advance.lane),
      advances.map((advance) => advance.leaseEpoch),
      advances.map((advance) => advance.step.next.position),
      advances.map((advance) => advance.step.next.snapshot),
      advances.map((advance) => advance.step.next.floor),
      advances.map((advance) => advance.step.next.drain?.after ?? null),
      advances.map((advance) => advance.step.next.drain?.until ?? null),
      advances.map((advance) => advance.logGeneration),
      advances.map((advance) => advance.baseOffset),
      advances.map((advance) => `{${advance.step.rows.map((row) => row.seq).join(',')}}`),
      advances.map((advance) => advance.ackAgeMs),
    ],
  });
  return new Set(rows.map((row) => row.lane));
}
