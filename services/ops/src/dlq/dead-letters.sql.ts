import type { Queryable } from '@waybill/outbox/operations';

/** A message that a consumer could not apply, as the consumer's database shows it to operators. */
export interface DeadLetter {
  readonly id: number;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** null where the message does not say which event it is. */
  readonly key: string | null;
  readonly version: number | null;
  readonly reason: string;
  readonly detail: string;
  readonly attempts: number;
  readonly state: 'waiting' | 'redriven' | 'discarded';
  readonly wish: 'redrive' | 'discard' | null;
  /** ISO 8601. */
  readonly deadAt: string;
}

/** Which dead letters are meant; what is undefined does not matter. */
export interface LetterFilter {
  readonly id?: number | undefined;
  readonly group?: string | undefined;
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
  readonly states: readonly DeadLetter['state'][];
}

const columns = `id::integer, consumer_group as "group", topic, kafka_partition as partition,
  kafka_offset::float8 as offset, key, version, reason, detail, attempts, state, wish,
  to_json(dead_at) #>> '{}' as "deadAt"`;

/**
 * Dead letters, those of a key in the order of their versions. Uses ix_inbox_dead_letter_waiting for those that wait; a
 * look at all of them reads the table, which has a row for each message that ever was one.
 */
export async function findDeadLetters(
  database: Queryable,
  { id, group, topic, key, states }: LetterFilter,
  atMost: number,
): Promise<readonly DeadLetter[]> {
  const { rows } = await database.query<DeadLetter>({
    text: `select ${columns} from ops_dead_letters
     where ($1::bigint is null or id = $1) and ($2::text is null or consumer_group = $2)
       and ($3::text is null or topic = $3) and ($4::text is null or key = $4) and state = any ($5)
     order by consumer_group, key, version, id limit $6`,
    values: [id ?? null, group ?? null, topic ?? null, key ?? null, states, atMost],
  });
  return rows;
}

export interface LetterContent {
  /** As it came. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read as UTF-8; null when the message had none. */
  readonly payload: string | null;
}

/** What a dead letter's message holds. Uses pk_inbox_dead_letter. */
export async function readContent(database: Queryable, id: number): Promise<LetterContent | undefined> {
  const { rows } = await database.query<{
    readonly headers: LetterContent['headers'];
    readonly payload: Buffer | null;
  }>({
    text: 'select headers, payload from ops_dead_letters where id = $1',
    values: [id],
  });
  const [row] = rows;
  return row && { headers: row.headers, payload: row.payload?.toString('utf8') ?? null };
}

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
}

/** What was done to a dead letter, in order. Uses ix_inbox_audit_dead_letter_id. */
export async function readAudit(database: Queryable, id: number): Promise<readonly AuditEntry[]> {
  const { rows } = await database.query<AuditEntry>({
    text: `select to_json(at) #>> '{}' as at, action, actor, reason
     from ops_inbox_audit where dead_letter_id = $1 order by id`,
    values: [id],
  });
  return rows;
}

/** Leaves a wish, audited; the consumer carries it out. @returns whether the letter was still waiting */
export async function wishFor(
  database: Queryable,
  {
    id,
    wish,
    actor,
    reason,
  }: {
    readonly id: number;
    readonly wish: 'redrive' | 'discard';
    readonly actor: string;
    readonly reason: string;
  },
): Promise<boolean> {
  const { rows } = await database.query<{ readonly left: boolean }>({
    text: 'select inbox_wish($1, $2, $3, $4) as left',
    values: [id, wish, actor, reason],
  });
  return rows[0]?.left ?? false;
}
