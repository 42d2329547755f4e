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

/** Events kept for these gates, in version order. The gates must be locked. Uses pk_inbox_early. */
export async function readKept(
  sql: Sql,
  group: string,
  gateKeys: readonly string[],
): Promise<ReadonlyMap<string, readonly InboxEvent[]>> {
  const rows = await sql.query<KeptRow>(
    `select key as gate_key, topic, kafka_partition, kafka_offset::text, coalesce(event_key, key) as key,
       version, epoch, payload, headers
     from inbox_early where consumer_group = $1 and key = any ($2::text[]) order by key, version`,
    [group, gateKeys],
  );
  const byGate = Map.groupBy(rows, (row) => row.gate_key);
  return new Map([...byGate].map(([gateKey, its]) => [gateKey, its.map(eventOf)]));
}

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
 * Gates of which a stored event could go on at once: whoever was to do it died in between. Uses pk_inbox_early for the
 * group's events and pk_inbox_gate for each.
 *
 * @param condition `gapless` asks for the next version, `per-topic` for any
 */
export async function readReadyGates(
  sql: Sql,
  group: string,
  { order, atMost }: { readonly order: 'gapless' | 'per-topic'; readonly atMost: number },
): Promise<readonly string[]> {
  const rows = await sql.query<{ readonly key: string }>(
    `select distinct early.key
     from inbox_early early join inbox_gate gate using (consumer_group, key)
     where early.consumer_group = $1 and gate.stopped_version is null
       and ($2 = 'per-topic' or early.version = gate.version + 1)
     limit $3`,
    [group, order, atMost],
  );
  return rows.map(({ key }) => key);
}
