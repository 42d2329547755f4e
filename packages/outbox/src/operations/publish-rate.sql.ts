import type { Queryable } from '../relay/relay-database.ts';

/** How far back the rate looks, in ms: a relay that works appends a receipt per lane at least every second. */
export const rateWindowMs = 10_000;

/**
 * Receipts that one lane can have in the window, at a cycle of 10 ms. A bound, so that a look at the status never costs
 * more than this many rows a lane.
 */
const RECEIPTS_PER_LANE = 1_000;

/**
 * Walks each lane's newest receipts backwards by ix_outbox_progress_lane_id as far as the bound, and takes those of the
 * window. A condition on the time would not end the walk: with few receipts in the window it went through all that are
 * kept. `covered` is how much of the window the bound left.
 */
const PUBLISH_RATE = `
select l.topic,
       coalesce(sum(recent.events / greatest(recent.covered, 0.001)), 0)::float8 as per_second
from outbox_lane l
cross join lateral (
  select coalesce(sum(newest.events), 0)::float8 as events,
         case when count(*) < $2 then $1::float8 / 1000
              else extract(epoch from clock_timestamp() - min(newest.published_at))::float8 end as covered
  from (
    select cardinality(p.seqs) as events, p.published_at
    from outbox_progress p
    where p.lane = l.lane
    order by p.id desc limit $2
  ) newest
  where newest.published_at > clock_timestamp() - $1::float8 * interval '1 millisecond'
) recent
group by l.topic`;

/** @returns events per second that were acknowledged in the last {@link rateWindowMs}, by topic */
export async function readPublishRates(database: Queryable): Promise<ReadonlyMap<string, number>> {
  const { rows } = await database.query<{ topic: string; per_second: number }>({
    text: PUBLISH_RATE,
    values: [rateWindowMs, RECEIPTS_PER_LANE],
  });
  return new Map(rows.map(({ topic, per_second }) => [topic, per_second]));
}
