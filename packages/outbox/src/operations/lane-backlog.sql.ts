import type { Queryable } from '../relay/relay-database.ts';

/** What waits in one lane, as the tables tell: true whether or not a relay runs. */
export interface LaneBacklog {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
  /** Committed events that no relay has published, parked ones left out. At least so many when it is the cap. */
  readonly pending: number;
  /** Age of the oldest of them in ms by the database's clock; null when nothing waits. */
  readonly oldestAgeMs: number | null;
  /** Events put aside, at most the cap. */
  readonly parked: number;
  readonly logGeneration: number;
  readonly isPaused: boolean;
  /** Whether a relay whose lease is good owns the lane. */
  readonly hasOwner: boolean;
}

interface BacklogRow {
  lane: number;
  topic: string;
  partition: number;
  log_generation: number;
  paused: boolean;
  has_owner: boolean;
  pending: number;
  oldest_age_ms: number | null;
  parked: number;
}

/** Events counted per lane where nobody asks for more: beyond, an operator needs to know that there are more. */
export const BACKLOG_CAP = 2_000;

/**
 * Every lane of the outbox, whoever owns it; for relay, jobs and ops. The statement, its indexes and what it costs are in
 * migrations/backlog.sql.ts: 4 ms when nothing waits.
 *
 * @param cap how many events are counted per lane and branch of the cursor
 */
export async function readLaneBacklog(database: Queryable, cap: number): Promise<LaneBacklog[]> {
  const { rows } = await database.query<BacklogRow>({
    text: 'select * from outbox_lane_backlog($1)',
    values: [cap],
  });
  return rows.map(({ log_generation, paused, has_owner, oldest_age_ms, ...lane }) => ({
    ...lane,
    oldestAgeMs: oldest_age_ms,
    logGeneration: log_generation,
    isPaused: paused,
    hasOwner: has_owner,
  }));
}
