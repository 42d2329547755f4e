import type { Queryable } from './relay-database.ts';
import type { Cursor, LaneRead } from './cursor.ts';

/** An event as it lies in the outbox. Headers are JSON text, parsed when the event is sent. */
export interface OutboxRow {
  readonly seq: bigint;
  readonly key: string;
  readonly version: number;
  readonly payload: string;
  readonly headers: string;
}

export interface ReadLimits {
  /** Rows per lane and kind (late, fresh). */
  readonly rows: number;
  /** Bytes of payload, key and headers per lane and kind; the first row is taken whatever its size. */
  readonly bytes: number;
}

/**
 * One statement, so one snapshot S for all lanes. The branches stay apart under `union all`: joined by `or` the
 * planner filters the whole lane. Each is one index scan per partition with a limit:
 *   fresh  — ix_outbox_lane_seq, in order as it comes: neither sorted nor kept;
 *   late   — ix_outbox_lane_xid_seq, transactions that had not begun at the cursor's snapshot;
 *   late   — ix_outbox_lane_xid_seq once per transaction that was in progress then.
 * Of the late rows the index may only see the upper bound of seq. With both, the planner takes the range for narrow
 * (0.5 %, the default for unknown bounds) and walks everything that was ever published, by ix_outbox_lane_seq: with
 * 100,000 published rows an empty read took 110 ms instead of 2. They are asked for in the order of xid, which only
 * their own index has, and by a range of xid where one is meant, because a constant has no order: on a new day, of which
 * the planner knows nothing, a poll walked through everything since midnight (2,000 rows a lane: 11.6 ms instead of 0.8).
 * One row more than the limits comes back without its contents and tells that there are more. Headers become text
 * once, and nothing is sorted at the end: a sort of rows as wide as these spills to disk.
 */
export const READ = `
with cursor as (
  select * from unnest($1::smallint[], $2::bigint[], $3::pg_snapshot[], $4::bigint[], $5::bigint[], $6::pg_snapshot[])
    as c (lane, position, snapshot, floor, late_after, late_until)
), seen as materialized (select pg_current_snapshot()::text as snapshot)
select cursor.lane, seen.snapshot, found.late, found.fits, found.seq,
       case when found.fits then found.key end as key, found.version,
       case when found.fits then found.payload end as payload, case when found.fits then found.headers end as headers
from cursor cross join seen
left join lateral (
  select bounded.*, nth <= $7 and (nth = 1 or bytes <= $8) as fits
  from (
    select false as late, fresh.*, row_number() over in_order as nth,
           sum(octet_length(payload) + octet_length(key) + octet_length(headers)) over in_order as bytes
    from (
      select o.seq, o.key, o.version, o.payload, o.headers::text as headers
      from outbox o
      where cursor.late_until is null and o.lane = cursor.lane and o.seq > cursor.position
      order by o.seq limit $7 + 1
    ) fresh
    window in_order as (order by seq rows unbounded preceding)
    union all
    select true, late.*, row_number() over in_order,
           sum(octet_length(payload) + octet_length(key) + octet_length(headers)) over in_order
    from (
      (select o.seq, o.key, o.version, o.payload, o.headers::text as headers
       from (
         select * from outbox o
         where o.lane = cursor.lane and o.xid >= pg_snapshot_xmax(cursor.snapshot) and o.seq <= cursor.position
           and o.seq - coalesce(cursor.late_after, cursor.floor) > 0
           and (cursor.late_until is null or pg_visible_in_snapshot(o.xid, cursor.late_until))
         order by o.xid
       ) o
       order by o.seq limit $7 + 1)
      union all
      (select o.seq, o.key, o.version, o.payload, o.headers::text
       from pg_snapshot_xip(cursor.snapshot) as open_then (xid)
       cross join lateral (
         select * from outbox o
         where o.lane = cursor.lane and o.xid between open_then.xid and open_then.xid and o.seq <= cursor.position
           and o.seq - coalesce(cursor.late_after, cursor.floor) > 0
           and (cursor.late_until is null or pg_visible_in_snapshot(o.xid, cursor.late_until))
         order by o.xid
       ) o
       order by o.seq limit $7 + 1)
    ) late
    window in_order as (order by seq rows unbounded preceding)
  ) bounded
  where nth <= 2 or nth <= $7 + 1 and bytes - octet_length(payload) - octet_length(key) - octet_length(headers) <= $8
) found on true`;

interface ReadRow {
  lane: number;
  snapshot: string;
  late: boolean | null;
  /** False for the row beyond the limits. */
  fits: boolean | null;
  seq: string | null;
  key: string;
  version: number;
  payload: string;
  headers: string;
}

/** @returns what was found for each lane that was asked for */
export async function readBatch(
  database: Queryable,
  cursors: ReadonlyMap<number, Cursor>,
  limits: ReadLimits,
): Promise<Map<number, LaneRead>> {
  const lanes = [...cursors];
  const { rows } = await database.query<ReadRow>({
    name: 'outbox-read-batch',
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
    number,
    { snapshot: string; late: OutboxRow[]; lateMore: boolean; fresh: OutboxRow[]; freshMore: boolean }
  >();
  for (const row of rows) {
    const { lane, snapshot } = row;
    let read = reads.get(lane);
    if (read === undefined) {
      read = { snapshot, late: [], lateMore: false, fresh: [], freshMore: false };
      reads.set(lane, read);
    }
    if (row.seq === null) continue;
    if (row.fits !== true) {
      if (row.late === true) read.lateMore = true;
      else read.freshMore = true;
      continue;
    }
    const { key, version, payload, headers } = row;
    const kind = row.late === true ? read.late : read.fresh;
    kind.push({ seq: BigInt(row.seq), key, version, payload, headers });
  }
  for (const read of reads.values()) {
    inOrder(read.late);
    inOrder(read.fresh);
  }
  return reads;
}

/** Without `order by` a plan may give rows in any order, although those of today give them as they are wanted. */
function inOrder(rows: OutboxRow[]): void {
  const isSorted = rows.every((row, index) => index === 0 || (rows[index - 1]?.seq ?? row.seq) < row.seq);
  if (!isSorted) rows.sort((a, b) => (a.seq < b.seq ? -1 : 1));
}
