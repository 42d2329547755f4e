import type { Client } from 'pg';

/** Whether every lane is at its last event. Two index reads a lane. */
export async function isDrained(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ drained: boolean }>(
    `select bool_and(coalesce(last.seq, 0) <= state.position) as drained
     from outbox_lane l
     cross join lateral (
       select p.position from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
     ) state
     cross join lateral (select max(o.seq) as seq from outbox o where o.lane = l.lane) last`,
  );
  return rows[0]?.drained === true;
}

export interface Acknowledgement {
  /** By the database's clock, in ms since 1970. */
  readonly at: number;
  readonly events: number;
}

/** The receipts of a drain. Acknowledged: by the database's clock, in ms since 1970. */
export interface DrainReceipts {
  readonly events: number;
  readonly firstAckAt: number;
  readonly lastAckAt: number;
  /** Events of the receipt with the first acknowledgement. */
  readonly firstEvents: number;
  /** Sizes of the batches, in order, per partition. */
  readonly batches: readonly (readonly number[])[];
  /** In the order in which they were recorded. */
  readonly acknowledgements: readonly Acknowledgement[];
}

export async function readReceipts(client: Client): Promise<DrainReceipts> {
  const { rows } = await client.query<{ partition: number; events: number; at: number }>(
    `select l.partition, cardinality(p.seqs) as events, extract(epoch from p.published_at)::float8 * 1000 as at
     from outbox_progress p join outbox_lane l using (lane)
     where p.seqs is not null order by p.id`,
  );
  const first = rows.reduce((a, b) => (b.at < a.at ? b : a));
  const partitions = Math.max(...rows.map(({ partition }) => partition)) + 1;
  return {
    events: rows.reduce((sum, { events }) => sum + events, 0),
    firstAckAt: first.at,
    lastAckAt: Math.max(...rows.map(({ at }) => at)),
    firstEvents: first.events,
    batches: Array.from({ length: partitions }, (_, partition) =>
      rows.filter((row) => row.partition === partition).map(({ events }) => events),
    ),
    acknowledgements: rows.map(({ at, events }) => ({ at, events })),
  };
}

/** Lets the lanes go, or holds them. */
export async function setPaused(client: Client, state: 'paused' | 'running'): Promise<void> {
  await client.query({ text: 'update outbox_lane set paused = $1', values: [state === 'paused'] });
}

/** An event with its receipt. `at` is ms since 1970, by the database's clock. */
export interface Acknowledged {
  readonly key: string;
  readonly version: number;
  readonly at: number;
}

/** Every event that has a receipt, by the first one. */
export async function readAcknowledged(client: Client): Promise<Acknowledged[]> {
  const { rows } = await client.query<Acknowledged>(
    `select o.key, o.version, extract(epoch from min(p.published_at))::float8 * 1000 as at
     from outbox_progress p cross join lateral unnest(p.seqs) as receipt (seq)
     join outbox o on o.lane = p.lane and o.seq = receipt.seq
     group by o.key, o.version`,
  );
  return rows;
}

export async function countParked(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from outbox_parked');
  return Number(rows[0]?.count);
}
