import type { Cursor } from './cursor.ts';
import type { OutboxRow, ReadLimits } from './read-batch.sql.ts';
import type { Queryable } from './relay-database.ts';

/** Published events that an operator, or a lost log, wants in Kafka once more. */
export interface Replay {
  readonly id: bigint;
  /** The last seq that was looked at. */
  readonly position: bigint;
  readonly toSeq: bigint;
  /** Events per second at most. */
  readonly perSecond: number;
}

const OPEN = `
select id, position, to_seq, per_second from outbox_replay
where lane = $1 and finished_at is null and cancelled_at is null
order by id limit 1`;

/** The lane's oldest replay that is under way (ix_outbox_replay_lane_id). */
export async function findOpenReplay(database: Queryable, lane: number): Promise<Replay | undefined> {
  const { rows } = await database.query<{
    id: string;
    position: string;
    to_seq: string;
    per_second: number;
  }>({ text: OPEN, values: [lane] });
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    id: BigInt(row.id),
    position: BigInt(row.position),
    toSeq: BigInt(row.to_seq),
    perSecond: row.per_second,
  };
}

const ROWS = `
select seq, key, version, payload, headers
from (
  select o.seq, o.key, o.version, o.payload, o.headers::text as headers, row_number() over run as nth,
         sum(octet_length(o.payload) + octet_length(o.headers::text) + octet_length(o.key)) over run as bytes
  from outbox_replay r
  join outbox o on o.lane = r.lane and o.seq > r.position and o.seq <= least(r.to_seq, $3)
  where r.id = $1
    and (r.key is null or o.key = r.key)
    and (r.created_from is null or o.created_at >= r.created_from)
    and (r.created_to is null or o.created_at < r.created_to)
    and (o.seq <= $5 or pg_visible_in_snapshot(o.xid, $4::pg_snapshot))
    and not exists (select from outbox_parked p where p.lane = o.lane and p.seq = o.seq)
  window run as (order by o.seq)
  order by o.seq limit $2
) run
where nth = 1 or bytes <= $6
order by seq`;

/**
 * The next rows of a replay: those that the lane's committed cursor proves to be published. Along ix_outbox_lane_seq
 * from the replay's position on.
 */
export async function readReplayRows(
  database: Queryable,
  replay: Replay,
  committed: Cursor,
  limits: ReadLimits,
): Promise<OutboxRow[]> {
  const { rows } = await database.query<Omit<OutboxRow, 'seq'> & { seq: string }>({
    text: ROWS,
    values: [replay.id, limits.rows, committed.position, committed.snapshot, committed.floor, limits.bytes],
  });
  return rows.map((row) => ({ ...row, seq: BigInt(row.seq) }));
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
select $1, lost.from_seq, lost.to_seq, lost.from_seq - 1, $4, 'lost log', $5, $6
from (
  select min(first_seq) as from_seq, max(last_seq) as to_seq from outbox_progress
  where lane = $1 and log_generation < $2 and base_offset + cardinality(seqs) > $3
) lost
where lost.from_seq is not null`;

/**
 * Asks for everything once more whose receipt names an offset at or above `baseOffset` of an older log. Reads the
 * lane's progress rows that are kept: rare enough to need no index.
 */
export async function requestRepublish(
  transaction: Queryable,
  lane: number,
  loss: { readonly logGeneration: number; readonly baseOffset: bigint },
  perSecond: number,
  actor: string,
): Promise<void> {
  const reason = `Kafka lost the log from offset ${loss.baseOffset} on`;
  await transaction.query({
    text: REPUBLISH,
    values: [lane, loss.logGeneration, loss.baseOffset, perSecond, actor, reason],
  });
}
