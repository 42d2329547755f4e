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
 *   fresh  — ix_outbox_lane_seq;
 *   late   — ix_outbox_lane_xid_seq, transactions that had not begun at the cursor's snapshot;
 *   late   — ix_outbox_lane_xid_seq once per transaction that was in progress then.
 * One row more than the limit tells whether there are more.
 */
const READ = `
with cursor as (
  select * from unnest($1::smallint[], $2::bigint[], $3::pg_snapshot[], $4::bigint[], $5::bigint[], $6::pg_snapshot[])
    as c (lane, position, snapshot, floor, late_after, late_until)
), seen as materialized (select pg_current_snapshot() as snapshot)
select cursor.lane, seen.snapshot::text as snapshot, found.late, found.more,
       found.seq, found.key, found.version, found.payload, found.headers::text as headers
from cursor cross join seen
left join lateral (
  select bounded.*, bool_or(not bounded.fits) over (partition by bounded.late) as more
  from (
    select branch.*,
           row_number() over kind <= $7
           and (row_number() over kind = 1 or sum(branch.bytes) over kind <= $8) as fits
    from (
      (select false as late, o.seq, o.key, o.version, o.payload, o.headers,
              octet_length(o.payload) + octet_length(o.key) + octet_length(o.headers::text) as bytes
       from outbox o
       where cursor.late_until is null and o.lane = cursor.lane and o.seq > cursor.position
       order by o.seq limit $7 + 1)
      union all
      (select true, o.seq, o.key, o.version, o.payload, o.headers,
              octet_length(o.payload) + octet_length(o.key) + octet_length(o.headers::text)
       from outbox o
       where o.lane = cursor.lane and o.xid >= pg_snapshot_xmax(cursor.snapshot)
         and o.seq > coalesce(cursor.late_after, cursor.floor) and o.seq <= cursor.position
         and (cursor.late_until is null or pg_visible_in_snapshot(o.xid, cursor.late_until))
       order by o.seq limit $7 + 1)
      union all
      (select true, o.seq, o.key, o.version, o.payload, o.headers,
              octet_length(o.payload) + octet_length(o.key) + octet_length(o.headers::text)
       from pg_snapshot_xip(cursor.snapshot) as open_then (xid)
       join outbox o on o.xid = open_then.xid
       where o.lane = cursor.lane
         and o.seq > coalesce(cursor.late_after, cursor.floor) and o.seq <= cursor.position
         and (cursor.late_until is null or pg_visible_in_snapshot(o.xid, cursor.late_until))
       order by o.seq limit $7 + 1)
    ) branch
    window kind as (partition by branch.late order by branch.seq)
  ) bounded
) found on true
where found.fits is distinct from false
order by cursor.lane, found.seq`;

interface ReadRow {
  lane: number;
  snapshot: string;
  late: boolean | null;
  more: boolean | null;
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
    const read = reads.get(row.lane) ?? {
      snapshot: row.snapshot,
      late: [],
      lateMore: false,
      fresh: [],
      freshMore: false,
    };
    reads.set(row.lane, read);
    if (row.seq === null) continue;
    const { key, version, payload, headers } = row;
    const event = { seq: BigInt(row.seq), key, version, payload, headers };
    if (row.late === true) {
      read.late.push(event);
      read.lateMore = row.more === true;
    } else {
      read.fresh.push(event);
      read.freshMore = row.more === true;
    }
  }
  return reads;
}
