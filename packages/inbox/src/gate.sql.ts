import type { Gate } from './decide.ts';
import type { GateAdvance, Stop, StopReason } from './plan.ts';
import type { Sql } from './storage/storage.ts';

/**
 * Adds gates for keys never seen. In key order, because a key that another transaction is adding makes this one
 * wait for it. Uses pk_inbox_gate.
 */
export async function insertMissingGates(sql: Sql, group: string, keys: readonly string[]): Promise<void> {
  await sql.query(
    `insert into inbox_gate (consumer_group, key)
     select $1, key from unnest($2::text[]) key order by key
     on conflict (consumer_group, key) do nothing`,
    [group, keys],
  );
}

/** Locks gates in key order until the transaction ends. Returns how many there were. Uses pk_inbox_gate. */
export async function lockGates(sql: Sql, group: string, keys: readonly string[]): Promise<number> {
  const rows = await sql.query(
    `select from inbox_gate where consumer_group = $1 and key = any ($2::text[]) order by key for no key update`,
    [group, keys],
  );
  return rows.length;
}

interface GateRow {
  readonly key: string;
  readonly version: number;
  readonly epoch: number;
  readonly payload_hash: string | null;
  readonly stopped_version: number | null;
  readonly stop_reason: StopReason | null;
}

/** Call only after {@link lockGates}, in a statement of its own: a snapshot taken before the lock may be old. */
export async function readGates(
  sql: Sql,
  group: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, { readonly gate: Gate; readonly stop: Stop | undefined }>> {
  const rows = await sql.query<GateRow>(
    `select key, version, epoch, encode(payload_hash, 'hex') as payload_hash, stopped_version, stop_reason
     from inbox_gate where consumer_group = $1 and key = any ($2::text[])`,
    [group, keys],
  );
  return new Map(rows.map((row) => [row.key, { gate: gateOf(row), stop: stopOf(row) }]));
}

/** ck_inbox_gate_payload_hash: a hash is there exactly when something was applied. */
function gateOf({ version, epoch, payload_hash: payloadHash }: GateRow): Gate {
  return payloadHash === null ? { state: 'fresh' } : { state: 'applied', version, epoch, payloadHash };
}

function stopOf({ stopped_version: version, stop_reason: reason }: GateRow): Stop | undefined {
  return version === null || reason === null ? undefined : { version, reason };
}

/** Moves gates that this transaction has locked, in one statement. */
export async function advanceGates(sql: Sql, group: string, advances: readonly GateAdvance[]): Promise<void> {
  await sql.query(
    `update inbox_gate gate
     set version = step.version, epoch = step.epoch, payload_hash = decode(step.payload_hash, 'hex'),
         applied_at = clock_timestamp()
     from unnest($2::text[], $3::integer[], $4::integer[], $5::text[]) step (key, version, epoch, payload_hash)
     where gate.consumer_group = $1 and gate.key = step.key`,
    [
      group,
      advances.map((advance) => advance.key),
      advances.map((advance) => advance.version),
      advances.map((advance) => advance.epoch),
      advances.map((advance) => advance.payloadHash),
    ],
  );
}

/** Stops a key whose gate this transaction has locked. Uses pk_inbox_gate. */
export async function stopGate(
  sql: Sql,
  group: string,
  { key, version, reason }: Stop & { readonly key: string },
): Promise<void> {
  await sql.query(
    'update inbox_gate set stopped_version = $3, stop_reason = $4 where consumer_group = $1 and key = $2',
    [group, key, version, reason],
  );
}

/** Lets a key go on whose gate this transaction has locked. Uses pk_inbox_gate. */
export async function freeGate(sql: Sql, group: string, key: string): Promise<void> {
  await sql.query(
    'update inbox_gate set stopped_version = null, stop_reason = null where consumer_group = $1 and key = $2',
    [group, key],
  );
}
