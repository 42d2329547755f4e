import type { Queryable } from './job.ts';
import { lockKeyOf } from './job-session.ts';

/**
 * Ends what was asked for of jobs that are retired: nobody would begin it, and somebody may wait for it. What another
 * process is at, whatever it says of itself, has its lock and is left alone; so is a scheduled run, which nobody waits for
 * and which begins when the job is configured again. Reads ix_job_run_id.
 *
 * @returns how many were ended
 */
export async function endRetiredRuns(database: Queryable): Promise<number> {
  const { rowCount } = await database.query({
    text: `
update job_run run set
  finished_at = clock_timestamp(), outcome = 'failed', error_code = 'JOB_RETIRED',
  error = 'no service of the jobs has this job any more'
from job known
where run.finished_at is null and run.cause = 'request' and known.name = run.job
  and case when job_standing(known) = 'retired' then pg_try_advisory_xact_lock(${lockKeyOf('run.job')}) else false end`,
    values: [],
  });
  return rowCount ?? 0;
}
