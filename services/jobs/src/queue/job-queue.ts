import { wait } from '@waybill/retry';
import { type JobSchedulerJson, Queue, type RepeatOptions, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Job } from '../runs/job.ts';
import { appendDueRuns } from '../runs/job-run.sql.ts';
import type { FinishedRun, JobRunner } from '../runs/job-runner.ts';
import { readClock, runsDueAt } from '../runs/overdue-check.ts';
import type { Schedule } from '../runs/schedule.ts';
import { openRedis, type RedisConnection } from './redis-connection.ts';
import type { Queryable } from '../runs/job.ts';

export interface JobQueueParts {
  readonly redisUrl: string;
  readonly jobs: readonly Job[];
  readonly runner: JobRunner;
  readonly database: Queryable;
  readonly logger: Logger;
}

export interface JobQueue {
  readonly redis: RedisConnection['state'];
  /** Resolves within about a second more than the jobs under way take, whether Redis answers or not. */
  close(): Promise<void>;
}

const QUEUE = 'jobs';
const PREFIX = 'waybill';
/** Redis forgets all but these of the ticks that are done: the history is in PostgreSQL. */
const KEPT = { count: 100 };
/** Between two looks whether Redis still has the schedules, in ms. */
const SCHEDULES_EVERY_MS = 2_000;
/** By how much a clock may be ahead of the database's and its ticks still count as those of what is due. */
const CLOCKS_DIFFER_MS = 5_000;
/** Longest wait for an answer of Redis, in ms. */
const ANSWER_MS = 1_000;

/**
 * BullMQ's part: job schedulers that tick when a job is due, and a worker that passes the tick on to the runner. A tick
 * carries nothing but the job's name, so whatever Redis forgets or repeats does no harm.
 */
export function openJobQueue({ redisUrl, jobs, runner, database, logger }: JobQueueParts): JobQueue {
  const closing = new AbortController();
  let lookAgain = Promise.withResolvers<void>();
  const connection = openRedis(redisUrl, () => lookAgain.resolve(), logger);
  const blocking = openRedis(redisUrl, () => undefined, logger.child({}, { level: 'silent' }));
  const queue = new Queue(QUEUE, { connection: connection.redis, prefix: PREFIX });
  const worker = new Worker(
    QUEUE,
    async (tick) => {
      const now = Math.min(Date.now(), (await readClock(database)) + CLOCKS_DIFFER_MS);
      const due = runsDueAt(
        jobs.filter(({ name }) => name === tick.name),
        new Date(now),
      );
      await appendDueRuns(database, due);
      const runs = await runner.runOpen(tick.name, (progress) => {
        // For those who look at the queue; Redis may be away by now.
        tick.updateProgress({ ...progress }).catch(() => undefined);
      });
      return outcomeOf(runs);
    },
    {
      connection: blocking.redis,
      prefix: PREFIX,
      concurrency: jobs.length,
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
      runRetryDelay: 500,
    },
  );
  // Redis' absence is said by the connection; a tick that was wiped under its worker has done its work all the same.
  queue.on('error', (err) => logger.debug({ err }, 'the queue lost a command'));
  worker.on('error', (err) => logger.debug({ err }, 'the worker lost a command or a tick'));

  const keeping = (async () => {
    while (!closing.signal.aborted) {
      if (connection.state === 'here') {
        await withinAnswerTime(keepSchedules(queue, jobs)).catch((err: unknown) => {
          logger.debug({ err }, 'the schedules were not renewed; tried again soon');
        });
      }
      lookAgain = Promise.withResolvers();
      await Promise.race([lookAgain.promise, wait(SCHEDULES_EVERY_MS, closing.signal)]);
    }
  })();

  return {
    get redis() {
      return connection.state;
    },
    async close() {
      closing.abort();
      await keeping;
      // It waits for the ticks under way: their runs are stopped by the runner. Without Redis it would wait for ever.
      if (connection.state === 'here') await withinAnswerTime(worker.close()).catch(() => undefined);
      blocking.redis.disconnect();
      connection.redis.disconnect();
      await withinAnswerTime(Promise.allSettled([worker.close(true), queue.close()])).catch(() => undefined);
    },
  };
}

/** Puts back what is missing in Redis or differs, and leaves alone what is right: putting it anew would move its next tick. */
export async function keepSchedules(queue: Queue, jobs: readonly Job[]): Promise<void> {
  const known = new Map((await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]));
  for (const { name, schedule } of jobs) {
    const repeat = repeatOf(schedule);
    if (!isSame(known.get(name), repeat)) await queue.upsertJobScheduler(name, repeat, { name });
    known.delete(name);
  }
  for (const name of known.keys()) await queue.removeJobScheduler(name);
}

/** The offset puts ticks right after the time at which the job is due; without one they would begin at any time. */
function repeatOf(schedule: Schedule): RepeatOptions {
  if (schedule.kind === 'every') return { every: schedule.ms, offset: 1 };
  return { pattern: `0 ${schedule.minute} ${schedule.hour} * * *`, tz: 'UTC' };
}

function isSame(known: JobSchedulerJson | undefined, repeat: RepeatOptions): boolean {
  return known !== undefined && known.every === repeat.every && known.pattern === repeat.pattern;
}

/** What BullMQ keeps of a tick. @throws the error of a run that failed, so that the tick shows it */
function outcomeOf(runs: readonly FinishedRun[]): Readonly<Record<string, string>> {
  const failed = runs.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw failed.error;
  return Object.fromEntries(runs.map(({ id, outcome }) => [id, outcome]));
}

/** @throws Error when there is no answer in time */
async function withinAnswerTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
