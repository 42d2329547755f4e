import type { Client } from 'pg';
import { partitionOf } from '@waybill/outbox';

/** Keys of one stretch of the load; their versions come round after round, so that a key's events lie close together. */
const stretch = 1_000;
export const versionsPerKey = 5;

export interface Load {
  readonly topic: string;
  readonly partitions: number;
  /** Rounded up to whole keys by {@link roundedEvents}. */
  readonly events: number;
  readonly payloadBytes: number;
  readonly rowsPerTransaction: number;
}

/** The number of events that are loaded when so many are asked for: whole stretches of keys. */
export function roundedEvents(events: number): number {
  const unit = stretch * versionsPerKey;
  return Math.ceil(events / unit) * unit;
}

/** Keys that look like order ids, each with the lane that the Java client's partitioner picks. Superuser's work. */
export async function createKeys(client: Client, load: Load): Promise<void> {
  const { topic, partitions, events } = load;
  const { rows } = await client.query<{ first: number }>({
    text: 'select min(lane) as first from outbox_lane where topic = $1',
    values: [topic],
  });
  const first = rows[0]?.first ?? Number.NaN;
  const count = roundedEvents(events) / versionsPerKey;
  const keys = Array.from({ length: count }, (_, id) => keyOf(id));
  await client.query('create unlogged table bench_key (id int primary key, key text, lane smallint)');
  await client.query({
    text: `insert into bench_key select k.id - 1, k.key, k.lane
           from unnest($1::text[], $2::smallint[]) with ordinality as k (key, lane, id)`,
    values: [keys, keys.map((key) => first + partitionOf(key, partitions))],
  });
  await client.query('analyze bench_key');
}

/** A UUID of version 7, as order ids are, that tells its number. */
function keyOf(id: number): string {
  const hex = id.toString(16).padStart(12, '0');
  return `0198c0de-0000-7000-8000-${hex}`;
}

/**
 * Appends the events as writers do: so many rows, then a commit. The server's own loop, so that the load takes no
 * time of a client; without waiting for the disk, because only the rows matter here and not how fast they came.
 */
export async function appendEvents(client: Client, load: Load): Promise<void> {
  const { topic, payloadBytes, rowsPerTransaction } = load;
  const events = roundedEvents(load.events);
  await client.query('set synchronous_commit = off');
  await client.query(`do $load$
declare
  n integer := 0;
begin
  while n < ${events} loop
    insert into outbox (lane, topic, key, version, type, payload, headers)
    select k.lane, '${topic}', k.key, e.version, 'waybill.order.placed.v1',
           rpad('{"order_id":"' || k.key || '","version":' || e.version || ',"note":"', ${payloadBytes} - 2, 'x') || '"}',
           json_build_object(
             'ce_specversion', '1.0', 'ce_id', k.key || ':' || e.version, 'ce_type', 'waybill.order.placed.v1',
             'ce_source', '/waybill/orders', 'ce_subject', k.key, 'ce_time', '2026-11-24T06:00:00.000Z',
             'ce_orderversion', e.version::text,
             'ce_dataschema', 'http://127.0.0.1:3000/schemas/waybill.order.placed.v1',
             'content-type', 'application/json',
             'traceparent', '00-0dd101e8691212b847ec80fb9ba9ae97-59c0eb654adca032-01')
    from generate_series(n, least(n + ${rowsPerTransaction}, ${events}) - 1) as i
    cross join lateral (
      select i / ${stretch * versionsPerKey} * ${stretch} + i % ${stretch} as key_id,
             i % ${stretch * versionsPerKey} / ${stretch} + 1 as version
    ) e
    join bench_key k on k.id = e.key_id
    order by i;
    commit;
    n := n + ${rowsPerTransaction};
  end loop;
end $load$`);
}
