import type { InboxEvent } from '../event.ts';
import type { Sql } from '../storage/storage.ts';

/** What an operator wants of a dead letter. */
export type LetterWish = 'redrive' | 'discard';

/** A message that could not be applied, as it is stored. */
export interface DeadLetter {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly messageKey: string;
  /** undefined when its envelope could not be read. */
  readonly place: { readonly gateKey: string; readonly event: InboxEvent } | undefined;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly detail: string;
  readonly attempts: number;
  readonly wish: LetterWish | undefined;
  /** ISO 8601. */
  readonly deadAt: string;
}

interface LetterRow {
  readonly id: string;
  readonly topic: string;
  readonly kafka_partition: number;
  readonly kafka_offset: string;
  readonly message_key: string;
  readonly gate_key: string | null;
  readonly key: string | null;
  readonly version: number | null;
  readonly epoch: number | null;
  readonly payload: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly detail: string;
  readonly attempts: number;
  readonly wish: LetterWish | null;
  readonly dead_at: string;
}

const columns = `id::text, topic, kafka_partition, kafka_offset::text, message_key, gate_key, key, version, epoch,
  payload, headers, reason, detail, attempts, wish, to_json(dead_at) #>> '{}' as dead_at`;

function letterOf(row: LetterRow): DeadLetter {
  const { topic, kafka_partition: partition, payload: value, headers, key, version, epoch } = row;
  const offset = BigInt(row.kafka_offset);
  const isPlaced = row.gate_key !== null && key !== null && version !== null && epoch !== null;
  return {
    id: row.id,
    topic,
    partition,
    offset,
    messageKey: row.message_key,
    place: isPlaced
      ? {
          gateKey: row.gate_key,
          event: { topic, partition, offset, key, version, epoch, value, headers },
        }
      : undefined,
    value,
    headers,
    reason: row.reason,
    detail: row.detail,
    attempts: row.attempts,
    wish: row.wish ?? undefined,
    deadAt: row.dead_at,
  };
}

/** Letters for which an operator wants something, in the order in which they died. Uses ix_inbox_dead_letter_waiting. */
export async function readWishes(sql: Sql, group: string, atMost: number): Promise<readonly DeadLetter[]> {
  const rows = await sql.query<LetterRow>(
    `select ${columns} from inbox_dead_letter
     where consumer_group = $1 and state = 'waiting' and wish is not null order by key, version, id limit $2`,
    [group, atMost],
  );
  return rows.map(letterOf);
}

/** The wish that is still to be carried out for a letter, locked. After its gate's lock. Uses pk_inbox_dead_letter. */
export async function lockWish(sql: Sql, id: string): Promise<LetterWish | undefined> {
  const [row] = await sql.query<{ readonly wish: LetterWish | null }>(
    `select wish from inbox_dead_letter where id = $1 and state = 'waiting' for update`,
    [id],
  );
  return row?.wish ?? undefined;
}

/** Closes a letter. Uses pk_inbox_dead_letter. */
export async function resolveLetter(sql: Sql, id: string, state: 'redriven' | 'discarded'): Promise<void> {
  await sql.query(
    `update inbox_dead_letter set state = $2, wish = null, resolved_at = clock_timestamp() where id = $1`,
    [id, state],
  );
}

/** Leaves a letter waiting whose redrive failed. Uses pk_inbox_dead_letter. */
export async function redriveFailed(
  sql: Sql,
  id: string,
  { reason, detail }: { readonly reason: string; readonly detail: string },
): Promise<void> {
  await sql.query(
    `update inbox_dead_letter set wish = null, attempts = attempts + 1, reason = $2, detail = $3
     where id = $1 and state = 'waiting'`,
    [id, reason, detail],
  );
}

/** Notes what the consumer did with a letter. */
export async function auditLetter(
  sql: Sql,
  {
    id,
    action,
    group,
    why,
  }: {
    readonly id: string;
    readonly action: 'redriven' | 'discarded' | 'redrive failed';
    readonly group: string;
    readonly why: string;
  },
): Promise<void> {
  await sql.query('insert into inbox_audit (dead_letter_id, action, actor, reason) values ($1, $2, $3, $4)', [
    id,
    action,
    `consumer ${group}`,
    why,
  ]);
}

/**
 * Takes letters whose copy Kafka has not acknowledged, for half a minute: another member leaves them alone meanwhile.
 * Those that were tried come last. Sorts what is not copied of the group.
 * Uses ix_inbox_dead_letter_uncopied.
 */
export async function claimUncopied(sql: Sql, group: string, atMost: number): Promise<readonly DeadLetter[]> {
  const rows = await sql.query<LetterRow & { readonly was_tried: number }>(
    `update inbox_dead_letter set copying_until = clock_timestamp() + interval '30 s'
     where id in (
       select id from inbox_dead_letter
       where consumer_group = $1 and copied_at is null and coalesce(copying_until < clock_timestamp(), true)
       order by copying_until nulls first, id limit $2 for update skip locked
     )
     returning ${columns}, (old.copying_until is not null)::integer as was_tried`,
    [group, atMost],
  );
  return rows
    .toSorted((a, b) => a.was_tried - b.was_tried || Number(BigInt(a.id) - BigInt(b.id)))
    .map(letterOf);
}

/** Notes that Kafka has acknowledged the copy. Uses pk_inbox_dead_letter. */
export async function markCopied(sql: Sql, id: string): Promise<void> {
  await sql.query('update inbox_dead_letter set copied_at = clock_timestamp() where id = $1', [id]);
}

/** Lets a later round try a copy again that was refused, after those that were not. Uses pk_inbox_dead_letter. */
export async function postponeCopy(sql: Sql, id: string): Promise<void> {
  await sql.query('update inbox_dead_letter set copying_until = clock_timestamp() where id = $1', [id]);
}

/** Lets the next round try the copy again. Uses pk_inbox_dead_letter. */
export async function releaseClaim(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query('update inbox_dead_letter set copying_until = null where id = any ($1::bigint[])', [ids]);
}
