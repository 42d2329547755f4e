import type { InboxEvent } from './event.ts';
import type { Sql } from './storage/storage.ts';

interface KeptRow {
  readonly gate_key: string;
  readonly topic: string;
  readonly kafka_partition: number;
  readonly kafka_offset: string;
  readonly key: string;
  readonly version: number;
  readonly epoch: number;
  readonly payload: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What was read of one gate's store. */
export interface KeptPage {
  /** In version order. */
  readonly kept: readonly InboxEvent[];
  /** Later ones are there and were not read; undefined when all were. */
  readonly keptUpTo: number | undefined;
}

/**
 * Events kept for these gates, in version order, at most `size` of each. The gates must be locked. Uses pk_inbox_early: a
 * descent per gate and the rows that it returns, however many are stored.
 *
 * @param order what a gapless gate has passed is never its turn and is not read
 * @param size at least 1
 */
export async function readKept(
  sql: Sql,
  group: string,
  gateKeys: readonly string[],
  { order, size }: { readonly order: 'gapless' | 'per-topic'; readonly size: number },
): Promise<ReadonlyMap<string, KeptPage>> {
  const rows = await sql.query<KeptRow>(
    `select ${columns}
     from inbox_gate gate cross join lateral (
       select * from inbox_early early
       where early.consumer_group = $1 and early.key = gate.key
         and early.version > case $3 when 'gapless' then gate.version else 0 end
       order by early.version limit $4
     ) early
     where gate.consumer_group = $1 and gate.key = any ($2::text[])`,
    // One more than a page tells whether there is more.
    [group, gateKeys, order, size + 1],
  );
  const byGate = Map.groupBy(rows, (row) => row.gate_key);
  return new Map(
    [...byGate].map(([gateKey, its]) => {
      const kept = its.toSorted((a, b) => a.version - b.version).map(eventOf);
      const page = kept.slice(0, size);
      return [gateKey, { kept: page, keptUpTo: kept.length > size ? page.at(-1)?.version : undefined }];
    }),
  );
}

/** Those of the events that are kept. The gates must be locked. Uses pk_inbox_early, a descent for each. */
export async function readKeptVersions(
  sql: Sql,
  group: string,
  wanted: readonly { readonly gateKey: string; readonly version: number }[],
): Promise<ReadonlyMap<string, readonly InboxEvent[]>> {
  const rows = await sql.query<KeptRow>(
    `select ${columns}
     from (select distinct key, version from unnest($2::text[], $3::integer[]) arrival (key, version)) arrival
     cross join lateral (
       select * from inbox_early early
       where early.consumer_group = $1 and early.key = arrival.key and early.version = arrival.version limit 1
     ) early`,
    [group, wanted.map(({ gateKey }) => gateKey), wanted.map(({ version }) => version)],
  );
  const byGate = Map.groupBy(rows, (row) => row.gate_key);
  return new Map([...byGate].map(([gateKey, its]) => [gateKey, its.map(eventOf)]));
}

const columns = `early.key as gate_key, early.topic, early.kafka_partition, early.kafka_offset::text,
  coalesce(early.event_key, early.key) as key, early.version, early.epoch, early.payload, early.headers`;

function eventOf(row: KeptRow): InboxEvent {
  return {
    topic: row.topic,
    partition: row.kafka_partition,
    offset: BigInt(row.kafka_offset),
    key: row.key,
    version: row.version,
    epoch: row.epoch,
    value: row.payload,
    headers: row.headers,
  };
}

/** Stores events until their turn, in one statement. Their gates must be locked. */
export async function keepEvents(
  sql: Sql,
  group: string,
  events: readonly { readonly gateKey: string; readonly event: InboxEvent }[],
): Promise<void> {
  const column = <Value>(valueOf: (event: InboxEvent) => Value): readonly Value[] =>
    events.map(({ event }) => valueOf(event));
  await sql.query(
    `insert into inbox_early
       (consumer_group, key, topic, kafka_partition, kafka_offset, event_key, version, epoch, payload, headers)
     select $1, event.*
     from unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::integer[], $8::integer[],
       $9::bytea[], $10::json[]) event`,
    [
      group,
      events.map(({ gateKey }) => gateKey),
      column(({ topic }) => topic),
      column(({ partition }) => partition),
      column(({ offset }) => String(offset)),
      column(({ key }) => key),
      column(({ version }) => version),
      column(({ epoch }) => epoch),
      column(({ value }) => (value === null ? null : bytesOf(value))),
      column(({ headers }) => JSON.stringify(headers)),
    ],
  );
}

/** The driver writes a Buffer as bytes and another array of bytes as JSON. */
export function bytesOf(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Removes events that are applied now or given up. Uses pk_inbox_early. */
export async function releaseKept(
  sql: Sql,
  group: string,
  released: readonly { readonly gateKey: string; readonly version: number }[],
): Promise<void> {
  await sql.query(
    `delete from inbox_early early
     using unnest($2::text[], $3::integer[]) applied (key, version)
     where early.consumer_group = $1 and early.key = applied.key and early.version = applied.version`,
    [group, released.map(({ gateKey }) => gateKey), released.map(({ version }) => version)],
  );
}

/**
 * Gates that have stored events, in the order of their keys, and whether one of those could go on at once: whoever was
 * to do it died in between. A few descents of pk_inbox_early and pk_inbox_gate for each, however many events it has.
 *
 * @param order `gapless` asks for the next version, `per-topic` for any
 * @param after only keys behind it
 */
export async function readWaitingGates(
  sql: Sql,
  group: string,
  {
    order,
    after,
    atMost,
  }: { readonly order: 'gapless' | 'per-topic'; readonly after: string; readonly atMost: number },
): Promise<readonly { readonly key: string; readonly ready: boolean }[]> {
  return await sql.query(
    `with recursive waiting (key, n) as (
       (select key, 1 from inbox_early where consumer_group = $1 and key > $3 order by key limit 1)
       union all
       select (
         select early.key from inbox_early early
         where early.consumer_group = $1 and early.key > waiting.key order by early.key limit 1
       ), n + 1
       from waiting where waiting.key is not null and n < $4
     )
     select waiting.key, gate.stopped_version is null and ($2 = 'per-topic' or exists (
         select from inbox_early early
         where early.consumer_group = $1 and early.key = waiting.key and early.version = gate.version + 1
       )) as ready
     from waiting join inbox_gate gate on gate.consumer_group = $1 and gate.key = waiting.key
     order by waiting.key`,
    [group, order, after, atMost],
  );
}
