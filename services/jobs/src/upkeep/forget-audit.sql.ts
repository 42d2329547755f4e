import type { Queryable } from '../runs/job.ts';

/**
 * Deletes audit entries older than `days` days, at most `limit`, by the order service's own function: no role may
 * delete them directly. Reads ix_audit_log_at.
 *
 * @returns how many were deleted
 * @throws SQLSTATE 22023 for less than 30 days
 */
export async function forgetAuditEntries(session: Queryable, days: number, limit: number): Promise<number> {
  const { rows } = await session.query<{ forgotten: number }>({
    text: 'select audit_log_forget($1, $2) as forgotten',
    values: [days, limit],
  });
  return rows[0]?.forgotten ?? 0;
}
