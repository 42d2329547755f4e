import type { Cursor } from './cursor.ts';
import type { Queryable } from './relay-database.ts';

/** Where the events of a receipt stand: the i-th of `seqs` at `baseOffset + i`. */
export interface Receipt {
  readonly baseOffset: bigint;
  /** Ascending, at least one. */
  readonly seqs: readonly bigint[];
}

/** How far a lane is, and what the broker acknowledged on the way. */
export interface Advance {
  readonly lane: number;
  readonly leaseEpoch: bigint;
  readonly logGeneration: number;
  readonly kind: 'fresh' | 'late' | 'redrive' | 'replay';
  readonly next: Cursor;
  /** As in `BoundedCursor`; null when the position is new, and what stores it now bounds it. */
  readonly lateBefore: string | null;
  /** Null when nothing was sent: every event on the way was parked. */
  readonly receipt: Receipt | null;
  /**
   * ms since the acknowledgement, by a monotonic clock. The receipt's time is so much before the transaction's beginning,
   * by the database's own clock: what the transaction waits for is no part of it, only a wait for a connection is.
   */
  readonly ackAgeMs: number;
}

/**
 * One statement is one transaction: the lanes still held at the given epochs are locked in lane order, and only
 * those get their progress appended. A lane missing from the answer was granted to another relay.
 */
const ADVANCE = `
with step as (
  select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::pg_snapshot[], $5::bigint[], $6::bigint[],
                       $7::pg_snapshot[], $8::integer[], $9::bigint[], $10::text[], $11::float8[], $12::text[],
                       $13::xid8[])
    as s (lane, lease_epoch, position, snapshot, floor, late_after, late_until, log_generation, base_offset, seqs, age,
          kind, late_before)
), held as (
  select l.lane from outbox_lane l join step using (lane)
  where l.lease_epoch = step.lease_epoch
  order by l.lane for no key update of l
)
insert into outbox_progress
  (lane, position, snapshot, floor, late_after, late_until, log_generation, base_offset, first_seq, last_seq, seqs,
   published_at, kind, late_before)
select lane, position, snapshot, floor, late_after, late_until, log_generation, base_offset,
       list.seqs[1], list.seqs[cardinality(list.seqs)], list.seqs,
       now() - age * interval '1 millisecond', kind, coalesce(late_before, pg_current_xact_id())
from held join step using (lane) cross join lateral (select step.seqs::bigint[]) as list (seqs)
returning lane, late_before::text`;

/** @returns the lanes whose progress is now committed, each with what bounds its late rows from now on */
export async function advanceLanes(
  database: Queryable,
  advances: readonly Advance[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await database.query<{ lane: number; late_before: string }>({
    name: 'outbox-advance-lanes',
    text: ADVANCE,
    values: [
      advances.map((advance) => advance.lane),
      advances.map((advance) => advance.leaseEpoch),
      advances.map(({ next }) => next.position),
      advances.map(({ next }) => next.snapshot),
      advances.map(({ next }) => next.floor),
      advances.map(({ next }) => next.drain?.after ?? null),
      advances.map(({ next }) => next.drain?.until ?? null),
      advances.map((advance) => advance.logGeneration),
      advances.map(({ receipt }) => receipt?.baseOffset ?? null),
      advances.map(({ receipt }) => (receipt === null ? null : `{${receipt.seqs.join(',')}}`)),
      advances.map((advance) => advance.ackAgeMs),
      advances.map((advance) => advance.kind),
      advances.map(({ lateBefore }) => lateBefore),
    ],
  });
  return new Map(rows.map(({ lane, late_before: lateBefore }) => [lane, lateBefore]));
}
