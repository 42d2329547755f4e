import type { Queryable } from '../runs/job.ts';

/**
 * Deletes runs that ended more than `days` days ago, but of each job the newest, which says when it ran last, and the
 * newest that was done, which says what it found.
 */
export async function forgetRuns(session: Queryable, days: number): Promise<number> {
  const { rowCount } = await session.query({
    text: `
delete from job_run run
where run.finished_at < clock_timestamp() - $1 * interval '1 day'
  and run.id < (select max(id) from job_run newest where newest.job = run.job)
  and run.id is distinct from (select max(id) from job_run found where found.job = run.job and found.outcome = 'done')`,
    values: [days],
  });
  return rowCount ?? 0;
}

/** Deletes canaries written more than `days` days ago, seen or not. Reads ix_canary_written_at. */
export async function forgetCanaries(session: Queryable, days: number): Promise<number> {
  const { rowCount } = await session.query({
    text: `delete from canary where written_at < statement_timestamp() - $1 * interval '1 day'`,
    values: [days],
  });
  return rowCount ?? 0;
}
