import type { Queryable } from '../runs/job.ts';

/**
 * For the progress bar. Reads `limit` entries of ix_idempotency_keys_expires_at and one more, however many have expired:
 * after a long outage of this job counting all would take longer than a statement may.
 *
 * @returns undefined for more than `limit`
 */
export async function countExpiredKeys(session: Queryable, limit: number): Promise<number | undefined> {
  const { rows } = await session.query<{ keys: number }>({
    text: `
select count(*)::int as keys
from (select from idempotency_keys where expires_at < statement_timestamp() limit $1::int + 1) expired`,
    values: [limit],
  });
  const keys = rows[0]?.keys ?? 0;
  return keys > limit ? undefined : keys;
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
