import type { Queryable } from '../relay/relay-database.ts';
import type { Mandate } from './pausing.sql.ts';

/** Which published events; what is not given does not restrict. */
export interface ReplaySelection {
  readonly topic?: string;
  readonly key?: string;
  readonly fromSeq?: bigint;
  readonly toSeq?: bigint;
  /** Written at or after. */
  readonly createdFrom?: Date;
  /** Written before. */
  readonly createdTo?: Date;
}

/** What a selection comes to in one lane. */
export interface LaneSelection {
  readonly lane: number;
  readonly topic: string;
  readonly events: number;
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
}

/**
 * By ix_outbox_key_seq where there is a key; else a walk along ix_outbox_lane_seq through the range, over the days of the
 * time span alone. Events beyond the lane's position are not published yet, and parked ones are redriven instead.
 */
const SELECTION = `
select l.lane, l.topic, count(*)::integer as events, min(o.seq) as first_seq, max(o.seq) as last_seq
from outbox_lane l
join lateral (
  select p.position from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
) newest on true
join outbox o on o.lane = l.lane and o.seq <= newest.position
where ($1::text is null or l.topic = $1) and ($2::text is null or o.key = $2)
  and ($3::bigint is null or o.seq >= $3) and ($4::bigint is null or o.seq <= $4)
  and ($5::timestamptz is null or o.created_at >= $5) and ($6::timestamptz is null or o.created_at < $6)
  and not exists (select from outbox_parked p where p.lane = o.lane and p.seq = o.seq)
group by l.lane, l.topic
order by l.lane`;

/** @returns the lanes that hold any, with how many */
export async function selectForReplay(
  database: Queryable,
  selection: ReplaySelection,
): Promise<LaneSelection[]> {
  const { topic = null, key = null, fromSeq = null, toSeq = null } = selection;
  const { createdFrom = null, createdTo = null } = selection;
  const { rows } = await database.query<{
    lane: number;
    topic: string;
    events: number;
    first_seq: string;
    last_seq: string;
  }>({ text: SELECTION, values: [topic, key, fromSeq, toSeq, createdFrom, createdTo] });
  return rows.map(({ first_seq, last_seq, ...row }) => ({
    ...row,
    firstSeq: BigInt(first_seq),
    lastSeq: BigInt(last_seq),
  }));
}

export interface PacedSelection extends LaneSelection {
  /** Events of this lane, 1 to 100,000. */
  readonly perSecond: number;
}

/** One statement, so that either all are asked for or none. */
const REQUEST = `
select outbox_request_replay(wanted.lane, wanted.first_seq, wanted.last_seq, $5, $6, $7, wanted.per_second, $8, $9) as id
from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::integer[]) with ordinality
       as wanted (lane, first_seq, last_seq, per_second, nth)
order by wanted.nth`;

/** @returns the replays' ids, lane by lane */
export async function requestReplays(
  database: Queryable,
  lanes: readonly PacedSelection[],
  { key, createdFrom, createdTo }: Pick<ReplaySelection, 'key' | 'createdFrom' | 'createdTo'>,
  { actor, reason }: Mandate,
): Promise<bigint[]> {
  const { rows } = await database.query<{ id: string }>({
    text: REQUEST,
    values: [
      lanes.map(({ lane }) => lane),
      lanes.map(({ firstSeq }) => firstSeq),
      lanes.map(({ lastSeq }) => lastSeq),
      lanes.map(({ perSecond }) => perSecond),
      key ?? null,
      createdFrom ?? null,
      createdTo ?? null,
      actor,
      reason,
    ],
  });
  return rows.map(({ id }) => BigInt(id));
}

/** @returns whether it was under way */
export async function cancelReplay(
  database: Queryable,
  id: bigint,
  { actor, reason }: Mandate,
): Promise<boolean> {
  const { rows } = await database.query<{ cancelled: boolean }>({
    text: 'select outbox_cancel_replay($1, $2, $3) as cancelled',
    values: [id, actor, reason],
  });
  return rows[0]?.cancelled ?? false;
}

export interface ReplayState {
  readonly id: bigint;
  readonly lane: number;
  readonly topic: string;
  readonly fromSeq: bigint;
  readonly toSeq: bigint;
  readonly key: string | null;
  readonly position: bigint;
  readonly sent: bigint;
  readonly perSecond: number;
  /** `lost log` when the relay itself publishes again what Kafka lost. */
  readonly cause: 'operator' | 'lost log';
  readonly requestedBy: string;
  readonly reason: string;
  readonly requestedAt: Date;
  readonly state: 'under way' | 'finished' | 'cancelled';
}

const REPLAYS = `
select r.id, r.lane, l.topic, r.from_seq, r.to_seq, r.key, r.position, r.sent, r.per_second, r.cause, r.requested_by,
       r.reason, r.requested_at,
       case when r.finished_at is not null then 'finished' when r.cancelled_at is not null then 'cancelled'
            else 'under way' end as state
from outbox_replay r join outbox_lane l on l.lane = r.lane`;

interface Row {
  id: string;
  lane: number;
  topic: string;
  from_seq: string;
  to_seq: string;
  key: string | null;
  position: string;
  sent: string;
  per_second: number;
  cause: ReplayState['cause'];
  requested_by: string;
  reason: string;
  requested_at: Date;
  state: ReplayState['state'];
}

function stateOf(row: Row): ReplayState {
  return {
    id: BigInt(row.id),
    lane: row.lane,
    topic: row.topic,
    fromSeq: BigInt(row.from_seq),
    toSeq: BigInt(row.to_seq),
    key: row.key,
    position: BigInt(row.position),
    sent: BigInt(row.sent),
    perSecond: row.per_second,
    cause: row.cause,
    requestedBy: row.requested_by,
    reason: row.reason,
    requestedAt: row.requested_at,
    state: row.state,
  };
}

/** @returns the newest ones, newest first, by pk_outbox_replay */
export async function readNewestReplays(database: Queryable, limit: number): Promise<ReplayState[]> {
  const { rows } = await database.query<Row>({
    text: `${REPLAYS} order by r.id desc limit $1`,
    values: [limit],
  });
  return rows.map(stateOf);
}

/** @returns those that exist, by id */
export async function readReplays(database: Queryable, ids: readonly bigint[]): Promise<ReplayState[]> {
  const { rows } = await database.query<Row>({
    text: `${REPLAYS} where r.id = any ($1::bigint[]) order by r.id`,
    values: [ids],
  });
  return rows.map(stateOf);
}
