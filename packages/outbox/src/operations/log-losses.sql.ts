import type { Queryable } from '../relay/relay-database.ts';

/** What Kafka lost of a lane, for as long as somebody is not done with it. */
export interface LogLoss {
  readonly lane: number;
  readonly topic: string;
  /** Offsets that receipts named, the first and the last. */
  readonly lostFrom: bigint;
  readonly lostTo: bigint;
  /** The relay sends it again, or the relay paused the lane and nobody has resumed it. */
  readonly state: 'republishing' | 'paused';
}

/** A lane's newest loss by the key of outbox_log_loss; its replay by ix_outbox_replay_lane_id; its resume by ix_outbox_audit_at. */
const LOG_LOSSES = `
select l.lane, l.topic, loss.lost_from, loss.lost_to, case when republish.is_open then 'republishing' else 'paused' end as state
from outbox_lane l
cross join lateral (
  select lost_from, lost_to, noticed_at from outbox_log_loss g
  where g.lane = l.lane order by g.log_generation desc limit 1
) loss
cross join lateral (
  select exists (
    select from outbox_replay r
    where r.lane = l.lane and r.cause = 'lost log' and r.finished_at is null and r.cancelled_at is null
  ) as is_open
) republish
where republish.is_open
   or l.paused
      and not exists (select from outbox_replay r
                      where r.lane = l.lane and r.cause = 'lost log' and r.requested_at >= loss.noticed_at)
      and not exists (select from outbox_audit a
                      where a.at > loss.noticed_at and a.lane = l.lane and a.action = 'resume')
order by l.topic, l.partition`;

/** @returns by topic and partition */
export async function readLogLosses(database: Queryable): Promise<LogLoss[]> {
  const { rows } = await database.query<{
    lane: number;
    topic: string;
    lost_from: string;
    lost_to: string;
    state: LogLoss['state'];
  }>({ text: LOG_LOSSES, values: [] });
  return rows.map((row) => ({
    lane: row.lane,
    topic: row.topic,
    lostFrom: BigInt(row.lost_from),
    lostTo: BigInt(row.lost_to),
    state: row.state,
  }));
}
