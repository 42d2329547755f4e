import { createHash } from 'node:crypto';
import type { EventIdentity, IncomingMessage } from '../event.ts';
import { bytesOf } from '../kept.sql.ts';
import type { DeadEvent } from '../plan.ts';
import type { Sql } from '../storage/storage.ts';

/** A message that cannot be applied. */
export interface NewDeadLetter {
  readonly message: Pick<IncomingMessage, 'topic' | 'partition' | 'offset' | 'value' | 'headers'>;
  /** The message's own key, which need not be an aggregate's. */
  readonly messageKey: string;
  /** Which event it is and whose turn it holds up; undefined when its envelope cannot be read. */
  readonly place: { readonly gateKey: string; readonly identity: EventIdentity } | undefined;
  /** An error code. */
  readonly reason: string;
  /** One sentence, without what is in the event. */
  readonly detail: string;
  readonly attempts: number;
}

/**
 * Writes a dead letter, in the transaction that lets its key stop or go on without it, so that a message is either to be
 * applied or here. A message that was redriven and failed again is waiting again. Uses uq_inbox_dead_letter_message.
 */
export async function recordDeadLetter(sql: Sql, group: string, letter: NewDeadLetter): Promise<void> {
  await sql.query(`${insertLetter} ${reopenLetter} where letter.state <> 'waiting'`, valuesOf(group, letter));
}

/**
 * Writes a dead letter for an event that contradicts what its key keeps while it stands. A redelivery of one that was
 * discarded does not call for another decision; one that is being redriven stays. Uses uq_inbox_dead_letter_message.
 */
export async function recordRival(sql: Sql, group: string, letter: NewDeadLetter): Promise<void> {
  await sql.query(`${insertLetter} ${reopenLetter} where letter.state = 'redriven'`, valuesOf(group, letter));
}

/**
 * Writes a dead letter for a message that comes for the first time: a redelivery of one that was decided upon does not
 * call for another decision. Uses uq_inbox_dead_letter_message.
 *
 * @returns whether it was new
 */
export async function recordFirst(sql: Sql, group: string, letter: NewDeadLetter): Promise<boolean> {
  const rows = await sql.query(`${insertLetter} do nothing returning id`, valuesOf(group, letter));
  return rows.length > 0;
}

/**
 * The events of these gates that wait for an operator. The gates must be locked. Uses ix_inbox_dead_letter_waiting for
 * all that waits in the group, so ask for keys that stand still only.
 */
export async function readDeadEvents(
  sql: Sql,
  group: string,
  gateKeys: readonly string[],
): Promise<ReadonlyMap<string, readonly DeadEvent[]>> {
  const rows = await sql.query<DeadEvent & { readonly gate_key: string }>(
    `select gate_key, version, epoch, encode(message_hash, 'hex') as "payloadHash"
     from inbox_dead_letter where consumer_group = $1 and state = 'waiting' and gate_key = any ($2::text[])`,
    [group, gateKeys],
  );
  return Map.groupBy(rows, (row) => row.gate_key);
}

const reopenLetter = `do update set state = 'waiting', wish = null, resolved_at = null, copied_at = null,
       gate_key = excluded.gate_key, key = excluded.key, version = excluded.version, epoch = excluded.epoch,
       reason = excluded.reason, detail = excluded.detail, attempts = letter.attempts + excluded.attempts`;

const insertLetter = `insert into inbox_dead_letter as letter (consumer_group, topic, kafka_partition, kafka_offset,
       message_hash, message_key, gate_key, key, version, epoch, payload, headers, reason, detail, attempts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (consumer_group, topic, kafka_partition, kafka_offset, message_hash)`;

function valuesOf(group: string, { message, place, ...letter }: NewDeadLetter): readonly unknown[] {
  return [
    group,
    message.topic,
    message.partition,
    String(message.offset),
    createHash('sha256')
      .update(message.value ?? '')
      .digest(),
    letter.messageKey.replaceAll('\0', '\ufffd'),
    place?.gateKey ?? null,
    place?.identity.key ?? null,
    place?.identity.version ?? null,
    place?.identity.epoch ?? null,
    message.value === null ? null : bytesOf(message.value),
    JSON.stringify(message.headers),
    letter.reason,
    letter.detail,
    letter.attempts,
  ];
}
