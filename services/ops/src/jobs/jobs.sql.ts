import type { Queryable } from '@waybill/outbox/operations';

export type RunState = 'waiting' | 'running' | 'repeating' | 'done' | 'failed';

/** One run of a job, as `waybill jobs` shows it. */
export interface JobRun {
  readonly run: string;
  readonly job: string;
  readonly cause: 'schedule' | 'request';
  readonly requestedBy: string | null;
  readonly reason: string | null;
  readonly dueAt: Date;
  /** `repeating`: it failed, and begins again at nextAttemptAt. */
  readonly state: RunState;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly worker: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Of the last attempt, begun to ended, in ms. */
  readonly tookMs: number | null;
  /** Steps of the job's own kind. */
  readonly done: number | null;
  readonly total: number | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly errorCode: string | null;
  readonly error: string | null;
}

const RUN_COLUMNS = `
  id::text as run, job, cause, requested_by as "requestedBy", reason, due_at as "dueAt",
  case when outcome is not null then outcome
       when next_attempt_at is not null then 'repeating'
       when started_at is not null then 'running'
       else 'waiting' end as state,
  attempts, next_attempt_at as "nextAttemptAt", worker, started_at as "startedAt", finished_at as "finishedAt",
  extract(epoch from finished_at - started_at)::float8 * 1000 as "tookMs",
  steps_done::float8 as done, steps_total::float8 as total, result, error_code as "errorCode", error`;

/** `retired`: services of the jobs are heard of, and none of them has it. `silent`: no service is heard of. */
export type JobStanding = 'here' | 'retired' | 'silent';

export interface JobOverview {
  readonly name: string;
  readonly schedule: string;
  readonly description: string;
  readonly standing: JobStanding;
  /** When a service said last that it has the job, which each does every 15 s. */
  readonly seenAt: Date;
  /** The oldest that is not finished. */
  readonly open: JobRun | null;
  readonly last: JobRun | null;
}

/** Every job with what it is at and how its last run ended. */
export async function readJobs(database: Queryable): Promise<JobOverview[]> {
  const { rows: jobs } = await database.query<Omit<JobOverview, 'open' | 'last'>>({
    text: `
select name, schedule, description, job_standing(job) as standing, seen_at as "seenAt" from job order by name`,
    values: [],
  });
  const newest = new Map((await readNewestRuns(database)).map((run) => [run.job, run]));
  const open = Map.groupBy(await readOpenRuns(database, null), ({ job }) => job);
  return jobs.map((job) => ({
    ...job,
    open: open.get(job.name)?.[0] ?? null,
    last: newest.get(job.name) ?? null,
  }));
}

/** For how long no service of the jobs has been heard of, in ms; null while one is. */
export async function readSilence(database: Queryable): Promise<number | null> {
  const { rows } = await database.query<{ silentMs: number | null }>({
    text: `
select extract(epoch from clock_timestamp() - max(seen_at))::float8 * 1000 as "silentMs"
from job having bool_and(job_standing(job) <> 'here')`,
    values: [],
  });
  return rows[0]?.silentMs ?? null;
}

/** The last finished run of each job: along ix_job_run_job_id from the newest on, past those that are open. */
async function readNewestRuns(database: Queryable): Promise<JobRun[]> {
  const { rows } = await database.query<JobRun>({
    text: `
select last.* from job
cross join lateral (
  select ${RUN_COLUMNS} from job_run where job = job.name and finished_at is not null order by id desc limit 1
) last`,
    values: [],
  });
  return rows;
}

/** What is not finished, oldest first. Reads ix_job_run_id. @param job only this one's, or null for all */
export async function readOpenRuns(database: Queryable, job: string | null): Promise<JobRun[]> {
  const { rows } = await database.query<JobRun>({
    text: `select ${RUN_COLUMNS} from job_run where finished_at is null and job = coalesce($1, job) order by id`,
    values: [job],
  });
  return rows;
}

/** What was appended after `run`, oldest first. Reads pk_job_run. @param job only this one's, or null for all */
export async function readRunsAfter(database: Queryable, run: string, job: string | null): Promise<JobRun[]> {
  const { rows } = await database.query<JobRun>({
    text: `select ${RUN_COLUMNS} from job_run where id > $1 and job = coalesce($2, job) order by id limit 100`,
    values: [run, job],
  });
  return rows;
}

/** The number of the newest run of all, or 0. */
export async function readNewestId(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ id: string }>({
    text: 'select coalesce(max(id), 0)::text as id from job_run',
    values: [],
  });
  return rows[0]?.id ?? '0';
}

export async function readRuns(database: Queryable, runs: readonly string[]): Promise<JobRun[]> {
  const { rows } = await database.query<JobRun>({
    text: `select ${RUN_COLUMNS} from job_run where id = any ($1::bigint[]) order by id`,
    values: [runs],
  });
  return rows;
}

/** Asks for a run, which the service of the jobs begins within about a second. @returns its number */
export async function requestRun(
  database: Queryable,
  job: string,
  actor: string,
  reason: string,
): Promise<string> {
  const { rows } = await database.query<{ run: string }>({
    text: 'select job_request($1, $2, $3)::text as run',
    values: [job, actor, reason],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('job_request() answered no row');
  return row.run;
}
