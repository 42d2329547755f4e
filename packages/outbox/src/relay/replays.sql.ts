import type { Cursor } from './cursor.ts';
import type { ReplayedRow } from './delivery.ts';
import type { ReadLimits } from './read-batch.sql.ts';
import type { Queryable } from './relay-database.ts';

/** Published events that an operator, or a lost log, wants in Kafka once more. */
export interface Replay {
  readonly id: bigint;
  /** The last seq that was looked at. */
  readonly position: bigint;
  readonly toSeq: bigint;
  /** Only this key's events. */
  readonly key: string | null;
  /** Events per second at most. */
  readonly perSecond: number;
}

const OPEN = `
select id, position, to_seq, key, per_second from outbox_replay
where lane = $1 and finished_at is null and cancelled_at is null
order by id limit 1`;

/** The lane's oldest replay that is under way (ix_outbox_replay_lane_id). */
export async function findOpenReplay(database: Queryable, lane: number): Promise<Replay | undefined> {
  const { rows } = await database.query<{
    id: string;
    position: string;
    to_seq: string;
    key: string | null;
    per_second: number;
  }>({ text: OPEN, values: [lane] });
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    id: BigInt(row.id),
    position: BigInt(row.position),
    toSeq: BigInt(row.to_seq),
    key: row.key,
    perSecond: row.per_second,
  };
}

/** Of one replay, what may be sent next. */
export interface ReplayRows {
  readonly rows: readonly ReplayedRow[];
  /** The last seq that was looked at; null when nothing is left. */
  readonly lookedAt: bigint | null;
}

/** Rows of a range that are looked at in one statement, wanted or not: the position moves however few are. */
const LOOK_AT_ROWS = 5_000;

/** By the committed cursor: below its floor, seen by its snapshot, or drained already. */
const isPublished = `(o.seq <= $5 or pg_visible_in_snapshot(o.xid, $4::pg_snapshot)
         or o.seq <= $8::bigint and pg_visible_in_snapshot(o.xid, $9::pg_snapshot))
    and not exists (select from outbox_parked p where p.lane = o.lane and p.seq = o.seq)`;

/** Whether Kafka lost every log in which a row has a receipt; as outbox_delivery(key) says it. */
const isLost = `(select receipt.is_lost from outbox_receipt_of(o.lane, o.seq) receipt)`;

/** By ix_outbox_audit_lane_seq. */
const isDiscarded = `exists (
    select from outbox_audit a where a.lane = o.lane and a.seq = o.seq and a.action = 'discarded'
  )`;

const bounded = (wanted: string): string => `
select seq, key, payload, headers, "isDiscarded"
from (
  select w.*, row_number() over run as nth,
         sum(octet_length(payload) + octet_length(headers) + octet_length(key)) over run as bytes
  from (${wanted}) w
  window run as (order by seq)
) run
where nth = 1 or bytes <= $6
order by seq`;

const IN_RANGE = bounded(`
  select o.seq, o.key, o.payload, o.headers, ${isDiscarded} as "isDiscarded"
  from outbox_replay r join outbox o on o.lane = r.lane and o.seq > r.position and o.seq <= least(r.to_seq, $3, $7)
  where r.id = $1
    and (r.created_from is null or o.created_at >= r.created_from)
    and (r.created_to is null or o.created_at < r.created_to)
    and ${isPublished}
    and (r.cause <> 'lost log' or ${isLost})
  order by o.seq limit $2`);

const OF_KEY = bounded(`
  select o.seq, o.key, o.payload, o.headers, ${isDiscarded} as "isDiscarded"
  from outbox_replay r join outbox o on o.key = r.key and o.lane = r.lane and o.seq > r.position
                                    and o.seq <= least(r.to_seq, $3, $7)
  where r.id = $1
    and (r.created_from is null or o.created_at >= r.created_from)
    and (r.created_to is null or o.created_at < r.created_to)
    and ${isPublished}
  order by o.seq limit $2`);

const LOOK = `
select max(seq)::text as seq from (
  select o.seq from outbox_replay r join outbox o on o.lane = r.lane and o.seq > r.position and o.seq <= r.to_seq
  where r.id = $1 order by o.seq limit $2
) looked`;

/**
 * The next rows of a replay: those that the lane's committed cursor proves to be published, and of a lost log those
 * that have not been published again since. Along ix_outbox_lane_seq from the replay's position on, so many rows at a
 * time; the events of one key along ix_outbox_key_seq, all of them.
 */
export async function readReplayRows(
  database: Queryable,
  replay: Replay,
  committed: Cursor,
  limits: ReadLimits,
): Promise<ReplayRows> {
  let lookedAt: bigint | null = replay.toSeq;
  if (replay.key === null) {
    const look = await database.query<{ seq: string | null }>({
      text: LOOK,
      values: [replay.id, LOOK_AT_ROWS],
    });
    const seq = look.rows[0]?.seq ?? null;
    if (seq === null) return { rows: [], lookedAt: null };
    lookedAt = BigInt(seq);
  }
  const { rows } = await database.query<Omit<ReplayedRow, 'seq'> & { seq: string }>({
    text: replay.key === null ? IN_RANGE : OF_KEY,
    values: [
      replay.id,
      limits.rows,
      committed.position,
      committed.snapshot,
      committed.floor,
      limits.bytes,
      lookedAt,
      committed.drain?.after ?? null,
      committed.drain?.until ?? null,
    ],
  });
  const found = rows.map((row) => ({ ...row, seq: BigInt(row.seq) }));
  const last = found.at(-1);
  if (last === undefined) return { rows: found, lookedAt: replay.key === null ? lookedAt : null };
  return { rows: found, lookedAt: last.seq };
}

const ADVANCE = `
update outbox_replay
set position = $2, sent = sent + $3, finished_at = case when $4 then clock_timestamp() end
where id = $1`;

/** Records how far a replay is. */
export async function advanceReplay(
  transaction: Queryable,
  id: bigint,
  { position, sent, isLast }: { readonly position: bigint; readonly sent: number; readonly isLast: boolean },
): Promise<void> {
  await transaction.query({ text: ADVANCE, values: [id, position, sent, isLast] });
}

const REPUBLISH = `
insert into outbox_replay (lane, from_seq, to_seq, position, per_second, cause, requested_by, reason)
values ($1, 1, greatest($2, 1), 0, $3, 'lost log', $4, $5)`;

/**
 * Asks for everything once more that a lost log held. Which events that are is found as they are read: looking for
 * them here would take long where much is kept, and the batch that told of the loss would be sent again and again.
 *
 * @param upTo the lane's position: later ones were never in the lost log
 */
export async function requestRepublish(
  transaction: Queryable,
  loss: { readonly lane: number; readonly baseOffset: bigint },
  upTo: bigint,
  perSecond: number,
  actor: string,
): Promise<void> {
  const reason = `Kafka lost the log from offset ${loss.baseOffset} on`;
  await transaction.query({ text: REPUBLISH, values: [loss.lane, upTo, perSecond, actor, reason] });
}
