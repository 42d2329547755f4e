import type { Queryable } from '../relay/relay-database.ts';
import type { Mandate } from './pausing.sql.ts';

export type Wish = 'redrive' | 'discard';

/** A parked event, without its contents. */
export interface ParkedEvent {
  readonly lane: number;
  readonly seq: bigint;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly type: string;
  readonly createdAt: Date;
  /** A code: `MESSAGE_TOO_LARGE`, or `PREDECESSOR_PARKED`. */
  readonly reason: string;
  /** The broker's sentence. */
  readonly detail: string;
  /** Refusals. Outages are none. */
  readonly attempts: number;
  readonly parkedAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly wish: Wish | null;
}

/** The first parked event of a key: the one that was refused. */
export interface ParkedHead extends ParkedEvent {
  /** Events of the same key that wait behind it. */
  readonly behind: number;
}

/** Which ones; what is not given does not restrict. */
export interface ParkedFilter {
  readonly topic?: string;
  readonly reason?: string;
  readonly key?: string;
  readonly lane?: number;
  readonly seq?: bigint;
}

const columns = `p.lane, p.seq, p.topic, p.key, p.version, p.type, p.created_at, p.reason, p.detail, p.attempts,
       p.parked_at, p.next_attempt_at, p.wish`;

interface Row {
  lane: number;
  seq: string;
  topic: string;
  key: string;
  version: number;
  type: string;
  created_at: Date;
  reason: string;
  detail: string;
  attempts: number;
  parked_at: Date;
  next_attempt_at: Date | null;
  wish: Wish | null;
}

/** Heads and what waits behind each by ix_outbox_parked_lane_key_seq; the rest is a pass over the parked events. */
const HEADS = `
select ${columns},
       (select count(*)::integer from outbox_parked b where b.lane = p.lane and b.key = p.key and b.seq > p.seq) as behind
from outbox_parked p
where not exists (
    select from outbox_parked earlier where earlier.lane = p.lane and earlier.key = p.key and earlier.seq < p.seq
  )
  and ($1::text is null or p.topic = $1) and ($2::text is null or p.reason = $2) and ($3::text is null or p.key = $3)
  and ($4::smallint is null or p.lane = $4) and ($5::bigint is null or p.seq = $5)
order by p.parked_at, p.lane, p.seq
limit $6`;

/** @returns the first parked event of each key, oldest first */
export async function findParkedHeads(
  database: Queryable,
  filter: ParkedFilter,
  limit: number,
): Promise<ParkedHead[]> {
  const { topic = null, reason = null, key = null, lane = null, seq = null } = filter;
  const { rows } = await database.query<Row & { behind: number }>({
    text: HEADS,
    values: [topic, reason, key, lane, seq, limit],
  });
  return rows.map((row) => ({ ...eventOf(row), behind: row.behind }));
}

function eventOf(row: Row): ParkedEvent {
  return {
    lane: row.lane,
    seq: BigInt(row.seq),
    topic: row.topic,
    key: row.key,
    version: row.version,
    type: row.type,
    createdAt: row.created_at,
    reason: row.reason,
    detail: row.detail,
    attempts: row.attempts,
    parkedAt: row.parked_at,
    nextAttemptAt: row.next_attempt_at,
    wish: row.wish,
  };
}

/** @returns every parked event of a key in a lane, in order (ix_outbox_parked_lane_key_seq) */
export async function readParkedKey(database: Queryable, lane: number, key: string): Promise<ParkedEvent[]> {
  const { rows } = await database.query<Row>({
    text: `select ${columns} from outbox_parked p where p.lane = $1 and p.key = $2 order by p.seq`,
    values: [lane, key],
  });
  return rows.map(eventOf);
}

/** By the primary key; any number may be asked for, also one that no lane can have. */
export async function findParked(
  database: Queryable,
  lane: number,
  seq: bigint,
): Promise<ParkedEvent | undefined> {
  const { rows } = await database.query<Row>({
    text: `select ${columns} from outbox_parked p where p.lane = $1::bigint and p.seq = $2`,
    values: [lane, seq],
  });
  return rows.map(eventOf)[0];
}

/** @returns how many of them are still parked, now with this wish */
export async function wishFor(
  database: Queryable,
  lane: number,
  seqs: readonly bigint[],
  wish: Wish,
  { actor, reason }: Mandate,
): Promise<number> {
  const { rows } = await database.query<{ changed: number }>({
    text: 'select outbox_wish($1::smallint, $2::bigint[], $3, $4, $5) as changed',
    values: [lane, seqs, wish, actor, reason],
  });
  return rows[0]?.changed ?? 0;
}

/**
 * What became of a wish: `waiting` until the lane's owner has tried. An event that left the table was `published` or
 * `discarded`, whatever was wished here: a timed retry may have been quicker, or another operator wished otherwise since.
 * `gone` tells that nobody noted which.
 */
export interface WishOutcome {
  readonly lane: number;
  readonly seq: bigint;
  readonly state: 'waiting' | 'refused again' | 'published' | 'discarded' | 'gone';
}

/** What the owner notes in the transaction that takes the event out carries the time of its statement, not of its end. */
const OUTCOMES = `
with carried_out as (
  select distinct on (a.lane, a.seq) a.lane, a.seq, a.action from outbox_audit a
  where a.at >= $3::timestamptz - interval '1 minute' and a.action in ('published', 'discarded')
  order by a.lane, a.seq, a.id desc
)
select wished.lane, wished.seq,
       case when p.seq is null then coalesce(c.action, 'gone')
            when p.wish is null then 'refused again' else 'waiting' end as state
from unnest($1::smallint[], $2::bigint[]) as wished (lane, seq)
left join outbox_parked p on p.lane = wished.lane and p.seq = wished.seq
left join carried_out c on c.lane = wished.lane and c.seq = wished.seq`;

/**
 * By the primary key, once for each, and by ix_outbox_audit_at.
 *
 * @param since by the database's clock, when they were parked still
 */
export async function readWishOutcomes(
  database: Queryable,
  events: readonly Pick<ParkedEvent, 'lane' | 'seq'>[],
  since: string,
): Promise<WishOutcome[]> {
  const { rows } = await database.query<{ lane: number; seq: string; state: WishOutcome['state'] }>({
    text: OUTCOMES,
    values: [events.map(({ lane }) => lane), events.map(({ seq }) => seq), since],
  });
  return rows.map(({ seq, ...row }) => ({ ...row, seq: BigInt(seq) }));
}
