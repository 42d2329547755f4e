import type { Queryable } from '../runs/job.ts';

/** Reads ix_idempotency_keys_expires_at alone. */
export async function countExpiredKeys(session: Queryable): Promise<number> {
  const { rows } = await session.query<{ keys: string }>({
    text: 'select count(*) as keys from idempotency_keys where expires_at < statement_timestamp()',
    values: [],
  });
  return Number(rows[0]?.keys ?? 0);
}

/**
 * Deletes the keys that expired first, at most `limit`, found by ix_idempotency_keys_expires_at. The time is asked a
 * second time of the row itself: a key that is used again while this statement waits for it has a new time by then
 * (PostgreSQL manual, 13.2.1), and must stay.
 *
 * @returns how many were deleted
 */
export async function deleteExpiredKeys(session: Queryable, limit: number): Promise<number> {
  const { rowCount } = await session.query({
    text: `
delete from idempotency_keys stored
using (
  select principal, route, key from idempotency_keys
  where expires_at < statement_timestamp()
  order by expires_at limit $1
) expired
where (stored.principal, stored.route, stored.key) = (expired.principal, expired.route, expired.key)
  and stored.expires_at < statement_timestamp()`,
    values: [limit],
  });
  return rowCount ?? 0;
}
