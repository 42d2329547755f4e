import type { Cursor, LaneRead } from './cursor.ts';
import { asText, type Queryable } from './relay-database.ts';

/** An event as it lies in the outbox. Headers are JSON text, parsed when the event is sent. */
export interface OutboxRow {
  readonly seq: bigint;
  readonly key: string;
  readonly payload: string;
  readonly headers: string;
}

export interface ReadLimits {
  /** Rows per lane and kind (late, fresh). */
  readonly rows: number;
  /** Bytes of payload, key and headers per lane and kind; the first row is taken whatever its size. */
  readonly bytes: number;
}

/** Bytes of a row. A text tells its length from its header: neither read where it lies apart, nor unpacked. */
const BYTES = 'octet_length(o.payload) + octet_length(o.key) + octet_length(o.headers)';

/**
 * One statement, so one snapshot S for all lanes. The branches stay apart under `union all`: joined by `or` the
 * planner filters the whole lane. Each is one index scan per partition with a limit:
 *   fresh  — ix_outbox_lane_seq, in order as it comes: neither sorted nor kept;
 *   late   — ix_outbox_lane_xid_seq, once for all transactions that had not begun at the cursor's snapshot, and once
 *            for each that was in progress then.
 * While nothing is there, a read's time goes into its scans being made ready, one per branch and partition. So both late
 * ranges share a branch, and a lane that is drained looks for fresh rows behind all of them rather than through a gate of
 * its own per partition: 0.54 ms for a lane in nine partitions became 0.48, in sixteen 0.82 became 0.69.
 *
 * Of the late rows the index may only see the upper bound of seq. With both, the planner takes the range for narrow
 * (0.5 %, the default for unknown bounds) and walks everything that was ever published, by ix_outbox_lane_seq: with
 * 100,000 published rows an empty read took 110 ms instead of 2. They are asked for in the order of xid, which only
 * their own index has, and by a range of xid where one is meant, because a constant has no order: on a new day, of which
 * the planner knows nothing, a poll walked through everything since midnight (2,000 rows a lane: 11.6 ms instead of 0.8).
 *
 * How many fresh rows fit is found beforehand from their lengths alone, as a rule from the sum of them; a running sum is
 * made only where that is above the limit. Carrying whole rows through a window took 1.7 µs a row, of 4.4 in all; going
 * through the index twice takes 0.4.
 *
 * A lane's answer is a row with the snapshot, one per event, and for each kind that has more a row that says so. Nothing
 * is sorted at the end: a sort of rows as wide as these spills to disk.
 */
export const READ = `
with cursor as (
  select c.*, case when late_until is null then position else 9223372036854775807 end as fresh_after
  from unnest($1::smallint[], $2::bigint[], $3::pg_snapshot[], $4::bigint[], $5::bigint[], $6::pg_snapshot[])
    as c (lane, position, snapshot, floor, late_after, late_until)
), seen as materialized (select pg_current_snapshot()::text as snapshot)
select cursor.lane, found.*
from cursor
cross join lateral (
  select count(*) as found, sum(bytes) as bytes, array_agg(bytes) as sizes
  from (
    select ${BYTES} as bytes from outbox o
    where o.lane = cursor.lane and o.seq > cursor.fresh_after
    order by o.seq limit $7 + 1
  ) o
) ahead
cross join lateral (
  select case when ahead.bytes <= $8 then least(ahead.found, $7) else (
    select count(*) from (
      select nth, sum(bytes) over (order by nth rows unbounded preceding) as until_here
      from unnest(ahead.sizes) with ordinality as size (bytes, nth)
    ) o where nth <= $7 and (nth = 1 or until_here <= $8)
  ) end as fit
) fresh
cross join lateral (
  select seen.snapshot, null::boolean as late, null::bigint as seq, null as key, null as payload, null as headers
  from seen
  union all
  select null, null, null, null, null, null where ahead.found > fresh.fit
  union all
  (select null, null, o.seq, o.key, o.payload, o.headers
   from outbox o
   where o.lane = cursor.lane and o.seq > cursor.fresh_after
   order by o.seq limit fresh.fit)
  union all
  select null, true, case when fits then seq end, case when fits then key end, case when fits then payload end,
         case when fits then headers end
  from (
    select late.*, nth <= $7 and (nth = 1 or until_here <= $8) as fits
    from (
      select o.*, row_number() over in_order as nth, sum(bytes) over in_order as until_here
      from (
        select o.seq, o.key, o.payload, o.headers, ${BYTES} as bytes
        from (
          select pg_snapshot_xmax(cursor.snapshot), '18446744073709551615'::xid8
          union all
          select xid, xid from pg_snapshot_xip(cursor.snapshot) as open_then (xid)
        ) as unseen (first, last)
        cross join lateral (
          select * from outbox o
          where o.lane = cursor.lane and o.xid between unseen.first and unseen.last and o.seq <= cursor.position
            and o.seq - coalesce(cursor.late_after, cursor.floor) > 0
            and (cursor.late_until is null or pg_visible_in_snapshot(o.xid, cursor.late_until))
          order by o.xid
        ) o
        order by o.seq limit $7 + 1
      ) o
      window in_order as (order by seq rows unbounded preceding)
    ) late
    where nth <= 2 or nth <= $7 + 1 and until_here - bytes <= $8
  ) late
) found`;

/**
 * A row of the answer, every column as the text that it comes as: what is not read need not be made. The one with the
 * snapshot has nothing else; one without a `seq` beside it says that there is more of its kind.
 */
type ReadRow = readonly [
  lane: string,
  snapshot: string | null,
  late: 't' | null,
  seq: string | null,
  key: string,
  payload: string,
  headers: string,
];

/** @returns what was found for each lane that was asked for */
export async function readBatch(
  database: Queryable,
  cursors: ReadonlyMap<number, Cursor>,
  limits: ReadLimits,
): Promise<Map<number, LaneRead>> {
  const lanes = [...cursors];
  const { rows } = await database.query<ReadRow>({
    name: 'outbox-read-batch',
    rowMode: 'array',
    types: asText,
    text: READ,
    values: [
      lanes.map(([lane]) => lane),
      lanes.map(([, cursor]) => cursor.position),
      lanes.map(([, cursor]) => cursor.snapshot),
      lanes.map(([, cursor]) => cursor.floor),
      lanes.map(([, cursor]) => cursor.drain?.after ?? null),
      lanes.map(([, cursor]) => cursor.drain?.until ?? null),
      limits.rows,
      limits.bytes,
    ],
  });
  return byLane(rows);
}

function byLane(rows: readonly ReadRow[]): Map<number, LaneRead> {
  const reads = new Map<
    string,
    { snapshot: string; late: OutboxRow[]; lateMore: boolean; fresh: OutboxRow[]; freshMore: boolean }
  >();
  for (const [lane, snapshot, late, seq, key, payload, headers] of rows) {
    let read = reads.get(lane);
    if (read === undefined) {
      read = { snapshot: '', late: [], lateMore: false, fresh: [], freshMore: false };
      reads.set(lane, read);
    }
    if (snapshot !== null) read.snapshot = snapshot;
    else if (seq !== null) {
      (late === 't' ? read.late : read.fresh).push({ seq: BigInt(seq), key, payload, headers });
    } else if (late === 't') read.lateMore = true;
    else read.freshMore = true;
  }
  for (const read of reads.values()) {
    inOrder(read.late);
    inOrder(read.fresh);
  }
  return new Map([...reads].map(([lane, read]) => [Number(lane), read]));
}

/** Without `order by` a plan may give rows in any order, although those of today give them as they are wanted. */
function inOrder(rows: OutboxRow[]): void {
  const isSorted = rows.every((row, index) => index === 0 || (rows[index - 1]?.seq ?? row.seq) < row.seq);
  if (!isSorted) rows.sort((a, b) => (a.seq < b.seq ? -1 : 1));
}
