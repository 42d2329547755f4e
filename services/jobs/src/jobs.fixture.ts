import pg from 'pg';
import { createOrderDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import type { Job } from './runs/job.ts';
import { saveJobs } from './runs/job-run.sql.ts';
import { type FinishedRun, JobRunner, type RunnerSettings } from './runs/job-runner.ts';

/** A database of its own, as the role of the jobs and as superuser. */
export interface JobsBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  readonly admin: pg.Pool;
  /** A process's runner; `ran` hears of every attempt. */
  runner(jobs: readonly Job[], settings?: Partial<RunnerSettings>): RunnerOnBench;
  /** What an operator does. */
  request(job: string): Promise<string>;
  runs(job: string): Promise<RunRow[]>;
}

export interface RunnerOnBench {
  readonly runner: JobRunner;
  readonly ran: FinishedRun[];
}

export interface RunRow {
  readonly id: string;
  readonly cause: string;
  readonly attempts: number;
  readonly worker: string | null;
  readonly outcome: string | null;
  readonly result: unknown;
  readonly error_code: string | null;
  readonly error: string | null;
  readonly started: boolean;
  readonly waits: boolean;
}

export async function jobsBench(): Promise<JobsBench> {
  const database = await createOrderDatabase();
  const pool = openPool(database.urlFor('waybill_jobs'), 10);
  const admin = openPool(database.urlFor('superuser'), 2);
  const ops = openPool(database.urlFor('waybill_ops'), 1);
  let processes = 0;
  return {
    database,
    pool,
    admin,
    runner(jobs, settings = {}) {
      processes += 1;
      const ran: FinishedRun[] = [];
      const policy = { attempts: 3, baseMs: 1, capMs: 2, stalledAfterMs: 30_000, limitMs: 60_000 };
      const runner = new JobRunner({
        pool,
        jobs,
        settings: { ...policy, worker: `process ${processes}`, ...settings },
        onRun: (run) => ran.push(run),
      });
      return { runner, ran };
    },
    async request(job) {
      const { rows } = await ops.query(`select job_request($1, 'ada@host', 'a test') as id`, [job]);
      return rows[0].id;
    },
    async runs(job) {
      const { rows } = await ops.query<RunRow>(
        `select id, cause, attempts, worker, outcome, result, error_code, error,
                started_at is not null as started, coalesce(next_attempt_at > now(), false) as waits
         from job_run where job = $1 order by id`,
        [job],
      );
      return rows;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), admin.end(), ops.end()]);
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Its idle connections may be cut off while the database is dropped. */
function openPool(connectionString: string, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => undefined);
  return pool;
}

/** A job that does what the test says, known to the database. */
export async function testJob(bench: JobsBench, run: Job['run'], name = 'test-job'): Promise<Job> {
  const job: Job = { name, description: 'of a test', schedule: { kind: 'every', ms: 3_600_000 }, run };
  await saveJobs(bench.pool, [job]);
  return job;
}

/** A promise that a test fulfils. */
export const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>();
