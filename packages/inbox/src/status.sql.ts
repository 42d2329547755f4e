import type { StopReason } from './plan.ts';
import type { Sql } from './storage/storage.ts';

/** An event that waits for one that has not come. Times in ISO 8601. */
export interface Gap {
  readonly key: string;
  /** Everything up to it is applied. */
  readonly appliedVersion: number;
  /** The first version that waits. */
  readonly waitingVersion: number;
  readonly since: string;
}

/**
 * Gaps that have been open for longer than `limitMs`: how many, and the oldest first. A key that stands still has none:
 * what waits there waits for an operator. Uses ix_inbox_early_received_at and looks at the oldest 100,000 events.
 */
export async function readGaps(
  sql: Sql,
  group: string,
  { limitMs, atMost }: { readonly limitMs: number; readonly atMost: number },
): Promise<{ readonly open: number; readonly oldest: readonly Gap[] }> {
  const rows = await sql.query<Gap & { readonly open: number }>(
    `select early.key, min(gate.version) as "appliedVersion", min(early.version) as "waitingVersion",
       to_json(min(early.received_at)) #>> '{}' as since, (count(*) over ())::integer as open
     from (
       select key, version, received_at from inbox_early
       where consumer_group = $1 and received_at < clock_timestamp() - $2 * interval '1 ms'
       order by received_at limit 100000
     ) early
     join inbox_gate gate on gate.consumer_group = $1 and gate.key = early.key
     where gate.stopped_version is null
     group by early.key order by min(early.received_at), early.key limit $3`,
    [group, limitMs, atMost],
  );
  return { open: rows[0]?.open ?? 0, oldest: rows.map(({ open: _open, ...gap }) => gap) };
}

/** How many events wait, counted up to `atMost`. Uses pk_inbox_early. */
export async function countKept(sql: Sql, group: string, atMost: number): Promise<number> {
  const [row] = await sql.query<{ readonly n: number }>(
    `select count(*)::integer as n from (select from inbox_early where consumer_group = $1 limit $2) kept`,
    [group, atMost],
  );
  return row?.n ?? 0;
}

export interface StoppedKey {
  readonly key: string;
  readonly version: number;
  readonly reason: StopReason;
}

/** Keys that stand still. Uses ix_inbox_gate_stopped. */
export async function readStoppedKeys(
  sql: Sql,
  group: string,
  atMost: number,
): Promise<readonly StoppedKey[]> {
  return await sql.query<StoppedKey>(
    `select key, stopped_version as version, stop_reason as reason
     from inbox_gate where consumer_group = $1 and stopped_version is not null order by key limit $2`,
    [group, atMost],
  );
}

/** Dead letters that wait for somebody. Uses ix_inbox_dead_letter_waiting. */
export async function countDeadLetters(
  sql: Sql,
  group: string,
): Promise<{ readonly waiting: number; readonly uncopied: number }> {
  const [row] = await sql.query<{ readonly waiting: number; readonly uncopied: number }>(
    `select count(*)::integer as waiting, (count(*) filter (where copied_at is null))::integer as uncopied
     from inbox_dead_letter where consumer_group = $1 and state = 'waiting'`,
    [group],
  );
  return row ?? { waiting: 0, uncopied: 0 };
}
