import { readDatabaseTime } from '@waybill/outbox/operations';
import { wait } from '@waybill/retry';
import type { Pool } from 'pg';
import type { Job, Queryable } from './job.ts';
import { appendDueRuns, findOpenJobs, saveJobs } from './job-run.sql.ts';
import type { JobRunner } from './job-runner.ts';
import { endRetiredRuns } from './retired-runs.sql.ts';
import { lastDue } from './schedule.ts';

export interface OverdueCheckParts {
  readonly pool: Pool;
  readonly jobs: readonly Job[];
  readonly runner: JobRunner;
  /** Between two checks, in ms. */
  readonly everyMs: number;
  /** Between two times that the database is told which jobs there are, in ms; no more often than it is asked. */
  readonly saveEveryMs: number;
  /** A scheduled run that nobody has begun this long after it was due is begun here, in ms. */
  readonly overdueAfterMs: number;
  /** Hears of every check, `undefined` for one that went well. */
  readonly onCheck: (error: unknown) => void;
}

/** As job_standing has it. */
const RETIRED_AFTER_MS = 120_000;

/**
 * Asks PostgreSQL again and again for runs that are requested, to be repeated, or overdue, and starts them. So Redis
 * may be empty, or away: what is due runs all the same, a little later.
 */
export async function checkForOverdueRuns(parts: OverdueCheckParts, signal: AbortSignal): Promise<void> {
  const { pool, jobs, runner, onCheck } = parts;
  const begunAt = performance.now();
  let savedAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    try {
      if (performance.now() - savedAt >= parts.saveEveryMs) {
        await saveJobs(pool, jobs);
        savedAt = performance.now();
        // After an outage of all services the others are to have said what they have, too.
        if (savedAt - begunAt >= RETIRED_AFTER_MS) await endRetiredRuns(pool);
      }
      const now = await readClock(pool);
      await appendDueRuns(pool, runsDueAt(jobs, new Date(now - parts.overdueAfterMs)));
      for (const name of await findOpenJobs(pool)) {
        // Not waited for: a long run of one job must not keep the others. The runner knows what it is at.
        void runner.runOpen(name).catch(onCheck);
      }
      onCheck(undefined);
    } catch (error) {
      onCheck(error);
    }
    await wait(parts.everyMs, signal);
  }
}

/**
 * ms since the epoch, by the database's clock. What is due is worked out by it: runs of a future that only one host
 * lives in would be in the way of all that are due until then.
 */
export async function readClock(database: Queryable): Promise<number> {
  return Date.parse(await readDatabaseTime(database));
}

/** What the schedules say was due last at that time. */
export function runsDueAt(jobs: readonly Job[], time: Date) {
  return jobs.map(({ name, schedule }) => ({ job: name, dueAt: lastDue(schedule, time) }));
}
