import type { ClientBase } from 'pg';
import type { InboxEvent } from './event.ts';

/** Events kept for these keys, in version order. Their gates must be locked. Uses pk_inbox_early. */
export async function readEarly(
  client: ClientBase,
  group: string,
  keys: readonly string[],
): Promise<readonly InboxEvent[]> {
  const { rows } = await client.query<InboxEvent>(
    `select topic, key, version, epoch, payload, headers
     from inbox_early where consumer_group = $1 and key = any ($2::text[]) order by key, version`,
    [group, keys],
  );
  return rows;
}

/** Stores events until their turn, in one statement. Their gates must be locked. */
export async function keepEarly(
  client: ClientBase,
  group: string,
  events: readonly InboxEvent[],
): Promise<void> {
  await client.query(
    `insert into inbox_early (consumer_group, topic, key, version, epoch, payload, headers)
     select $1, event.*
     from unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[], $7::json[]) event`,
    [
      group,
      events.map((event) => event.topic),
      events.map((event) => event.key),
      events.map((event) => event.version),
      events.map((event) => event.epoch),
      events.map((event) => event.payload),
      events.map((event) => JSON.stringify(event.headers)),
    ],
  );
}

/** Removes events that are applied now. Uses pk_inbox_early. */
export async function releaseEarly(
  client: ClientBase,
  group: string,
  events: readonly InboxEvent[],
): Promise<void> {
  await client.query(
    `delete from inbox_early early
     using unnest($2::text[], $3::integer[]) applied (key, version)
     where early.consumer_group = $1 and early.key = applied.key and early.version = applied.version`,
    [group, events.map((event) => event.key), events.map((event) => event.version)],
  );
}
