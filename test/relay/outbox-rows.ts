import type { Pool } from 'pg';
import { partitionOf } from '@waybill/outbox';

export interface PlantedEvent {
  readonly key: string;
  readonly version: number;
  readonly payload?: string;
  /** As of a transaction that began then. Default: now. */
  readonly createdAt?: Date;
}

/** Inserts events into the lanes of `topic` in one statement, in the given order. */
export async function plant(
  pool: Pick<Pool, 'query'>,
  topic: string,
  partitions: number,
  events: readonly PlantedEvent[],
): Promise<void> {
  await pool.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     select l.lane, $1, e.key, e.version, 'test.happened.v1', e.payload, jsonb_build_object('ce_id', e.key || ':' || e.version, 'ce_orderversion', e.version::text), coalesce(e.created_at, now())
     from unnest($2::int[], $3::text[], $4::int[], $5::text[], $6::timestamptz[])
       with ordinality as e (partition, key, version, payload, created_at, nth)
     join outbox_lane l on l.topic = $1 and l.partition = e.partition
     order by e.nth`,
    [
      topic,
      events.map((event) => partitionOf(event.key, partitions)),
      events.map((event) => event.key),
      events.map((event) => event.version),
      events.map((event) => event.payload ?? JSON.stringify({ key: event.key, version: event.version })),
      events.map((event) => event.createdAt ?? null),
    ],
  );
}

/** Events that a lane's progress does not hold yet, by the receipts. */
export async function pendingEvents(pool: Pick<Pool, 'query'>): Promise<number> {
  const { rows } = await pool.query(
    `select (select count(*) from outbox) - (select coalesce(sum(cardinality(seqs)), 0) from outbox_progress) as pending`,
  );
  return Number(rows[0].pending);
}
