import type { Pool } from 'pg';

export interface AppendedEvents {
  readonly lane: number;
  readonly events: number;
  readonly payloadBytes: number;
  /** From today; 0 unless given. */
  readonly day?: number;
}

/** Appends events `key-1`, `key-2` … in one transaction, as a superuser. */
export async function append(
  admin: Pick<Pool, 'query'>,
  { lane, events, payloadBytes, day = 0 }: AppendedEvents,
): Promise<void> {
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     select $1, 't', 'key-' || n, 1, 'test.happened.v1', repeat('x', $3), '{}', now() + $4 * interval '1 day'
     from generate_series(1, $2::int) n`,
    [lane, events, payloadBytes, day],
  );
}

/** Where a relay stands that has published everything. */
export async function newest(admin: Pool): Promise<{ readonly position: bigint; readonly snapshot: string }> {
  const { rows } = await admin.query(
    'select coalesce(max(seq), 0) as seq, pg_current_snapshot()::text as snapshot from outbox',
  );
  return { position: BigInt(rows[0].seq), snapshot: rows[0].snapshot };
}
