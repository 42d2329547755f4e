import type { Queryable } from './job.ts';

/**
 * How much the last run of each job found that was done, whichever process did it. One that failed says nothing about
 * what there is to find. Along ix_job_run_job_id from the newest on, past those that are open or failed.
 *
 * @returns counts by job; a job without such a run is missing
 */
export async function countFindings(
  database: Queryable,
  jobs: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await database.query<{ job: string; findings: number }>({
    text: `
select wanted.job, last.findings
from unnest($1::text[]) wanted (job)
cross join lateral (
  select coalesce(jsonb_array_length(result -> 'findings'), 0) as findings from job_run
  where job = wanted.job and outcome = 'done' order by id desc limit 1
) last`,
    values: [jobs],
  });
  return new Map(rows.map(({ job, findings }) => [job, findings]));
}
