import type { Job, JobResult, Progress, Queryable } from './job.ts';
import { inWords } from './schedule.ts';

/** A run that this process has taken, in this attempt of it. */
export interface TakenRun {
  readonly id: string;
  readonly attempts: number;
}

export interface DueRun {
  readonly job: string;
  readonly dueAt: Date;
}

/**
 * Tells `job` which jobs there are; runs and requests can only be of those. Said again and again: a job that nobody has
 * said for two minutes, though others are, is retired (`job_standing`).
 */
export async function saveJobs(database: Queryable, jobs: readonly Job[]): Promise<void> {
  await database.query({
    text: `
insert into job (name, schedule, description)
  select * from unnest($1::text[], $2::text[], $3::text[]) said (name) order by name
  on conflict (name) do update set
    schedule = excluded.schedule, description = excluded.description, seen_at = clock_timestamp()`,
    values: [
      jobs.map(({ name }) => name),
      jobs.map(({ schedule }) => inWords(schedule)),
      jobs.map(({ description }) => description),
    ],
  });
}

/**
 * Appends runs that are due and not there yet. While a scheduled run of a job is open its next one is not appended, so
 * that a job that fails for hours has one run to repeat. Asked every second: a probe of uq_job_run_job_due_at and the few
 * rows of ix_job_run_id, which one condition with `or` would not use.
 *
 * @returns the jobs that got a run
 */
export async function appendDueRuns(database: Queryable, due: readonly DueRun[]): Promise<string[]> {
  const { rows } = await database.query<{ job: string }>({
    text: `
insert into job_run (job, cause, due_at)
  select due.job, 'schedule', due.due_at
  from unnest($1::text[], $2::timestamptz[]) due (job, due_at)
  where not exists (
      select from job_run later
      where later.job = due.job and later.cause = 'schedule' and later.due_at >= due.due_at
    )
    and not exists (
      select from job_run open where open.job = due.job and open.cause = 'schedule' and open.finished_at is null
    )
  on conflict (job, due_at) where cause = 'schedule' do nothing
  returning job`,
    values: [due.map(({ job }) => job), due.map(({ dueAt }) => dueAt)],
  });
  return rows.map(({ job }) => job);
}

/** The jobs that have a run to be started now, whoever has begun it before. Reads ix_job_run_id: what is open is little. */
export async function findOpenJobs(database: Queryable): Promise<string[]> {
  const { rows } = await database.query<{ job: string }>({
    text: `
select distinct job from job_run
where finished_at is null and (next_attempt_at is null or next_attempt_at <= clock_timestamp())`,
    values: [],
  });
  return rows.map(({ job }) => job);
}

/** Takes the oldest open run of a job. For the session that holds the job's lock, which makes it the only one. */
export async function takeRun(
  session: Queryable,
  job: string,
  worker: string,
): Promise<TakenRun | undefined> {
  const { rows } = await session.query<{ id: string; attempts: number }>({
    text: `
update job_run set
  attempts = attempts + 1, started_at = clock_timestamp(), worker = $2, next_attempt_at = null,
  steps_done = null, steps_total = null
where id = (
  select id from job_run
  where job = $1 and finished_at is null and (next_attempt_at is null or next_attempt_at <= clock_timestamp())
  order by id limit 1
)
returning id, attempts`,
    values: [job, worker],
  });
  return rows[0];
}

export async function saveProgress(
  session: Queryable,
  { id, attempts }: TakenRun,
  { done, total }: Progress,
): Promise<void> {
  await session.query({
    text: `
update job_run set steps_done = $3, steps_total = $4
where id = $1 and attempts = $2 and finished_at is null`,
    values: [id, attempts, done, total ?? null],
  });
}

/** @returns whether this attempt was still the run's; if not, another process has taken it over */
export async function finishRun(
  database: Queryable,
  { id, attempts }: TakenRun,
  result: JobResult,
): Promise<boolean> {
  const { rowCount } = await database.query({
    text: `
update job_run set finished_at = clock_timestamp(), outcome = 'done', result = $3, error_code = null, error = null
where id = $1 and attempts = $2 and finished_at is null`,
    values: [id, attempts, JSON.stringify(result)],
  });
  return rowCount === 1;
}

export interface RunError {
  readonly code: string;
  readonly sentence: string;
}

/** @param inMs until the next attempt, in ms */
export async function repeatRun(
  database: Queryable,
  { id, attempts }: TakenRun,
  { code, sentence }: RunError,
  inMs: number,
): Promise<boolean> {
  const { rowCount } = await database.query({
    text: `
update job_run set
  next_attempt_at = clock_timestamp() + $5 * interval '1 ms', error_code = $3, error = $4
where id = $1 and attempts = $2 and finished_at is null`,
    values: [id, attempts, code, sentence, inMs],
  });
  return rowCount === 1;
}

export async function failRun(
  database: Queryable,
  { id, attempts }: TakenRun,
  { code, sentence }: RunError,
): Promise<boolean> {
  const { rowCount } = await database.query({
    text: `
update job_run set finished_at = clock_timestamp(), outcome = 'failed', error_code = $3, error = $4
where id = $1 and attempts = $2 and finished_at is null`,
    values: [id, attempts, code, sentence],
  });
  return rowCount === 1;
}

/** Puts a run back as if this attempt had not been: its process ends, which is nobody's failure. */
export async function giveRunBack(database: Queryable, { id, attempts }: TakenRun): Promise<boolean> {
  const { rowCount } = await database.query({
    text: `
update job_run set attempts = attempts - 1, started_at = null, worker = null
where id = $1 and attempts = $2 and finished_at is null`,
    values: [id, attempts],
  });
  return rowCount === 1;
}
