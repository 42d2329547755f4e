import type { Pool } from 'pg';

export interface EventTimes {
  readonly key: string;
  /** When the order's transaction committed; null when the server does not track it. */
  readonly committedAt: Date | null;
  readonly createdAt: Date;
  readonly publishedAt: Date;
}

/** Orders whose first event is in Kafka. Uses ix (key, seq) of the outbox and (lane, last_seq) of its progress. */
export async function readPublished(pool: Pool, orderIds: readonly string[]): Promise<EventTimes[]> {
  const { rows } = await pool.query<EventTimes>(
    `select key, committed_at as "committedAt", created_at as "createdAt", published_at as "publishedAt"
       from ops_event_times
      where key = any ($1) and topic = 'order_placed' and version = 1 and published_at is not null`,
    [orderIds],
  );
  return rows;
}

export interface AppliedTime {
  readonly key: string;
  readonly appliedAt: Date;
}

/**
 * Orders that the counting which serves has applied; a rebuilt one has a consumer group of its own, which
 * sales-projection names in `group-of.ts`. Uses the gate's primary key (consumer_group, key).
 *
 * @param group of the projection's first counting
 */
export async function readApplied(
  pool: Pool,
  group: string,
  orderIds: readonly string[],
): Promise<AppliedTime[]> {
  const { rows } = await pool.query<AppliedTime>(
    `select key, applied_at as "appliedAt" from ops_gate
     where key = any ($2) and consumer_group = (
       select case when generation = 1 then $1 else $1 || '-g' || generation end
       from ops_projection_generations where state = 'active')`,
    [group, orderIds],
  );
  return rows;
}
