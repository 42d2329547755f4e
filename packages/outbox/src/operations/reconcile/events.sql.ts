import type { Queryable } from '../../relay/relay-database.ts';

/** An event and what its receipts say. */
export interface EventState {
  readonly seq: bigint;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly state: 'pending' | 'parked' | 'published' | 'lost';
  readonly ageMs: number;
}

/** A page of a lane's events by ix_outbox_lane_seq, each with its receipt and its parked event by index. */
const PAGE = `
select e.seq, e.topic, e.key, e.version,
       extract(epoch from clock_timestamp() - e.created_at)::float8 * 1000 as age_ms,
       case when parked.seq is not null then 'parked'
            when receipt.is_lost is null then 'pending'
            when receipt.is_lost then 'lost'
            else 'published' end as state
from (
  select o.seq, o.topic, o.key, o.version, o.created_at from outbox o
  where o.lane = $1 and o.seq > $2 and o.created_at >= $3
  order by o.seq limit $4
) e
left join lateral (
  select p.seq from outbox_parked p where p.lane = $1 and p.seq = e.seq limit 1
) parked on true
left join lateral outbox_receipt_of($1, e.seq) receipt on true
order by e.seq`;

interface Row {
  seq: string;
  topic: string;
  key: string;
  version: number;
  age_ms: number;
  state: EventState['state'];
}

/** @returns the next events of a lane after `after`, in order; none at its end */
export async function readEventStates(
  database: Queryable,
  lane: number,
  after: bigint,
  since: Date,
  limit: number,
): Promise<EventState[]> {
  const { rows } = await database.query<Row>({ text: PAGE, values: [lane, after, since, limit] });
  return rows.map(({ seq, age_ms, ...row }) => ({ ...row, seq: BigInt(seq), ageMs: age_ms }));
}
