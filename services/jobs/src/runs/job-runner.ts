import { orAbort } from '@waybill/retry';
import type { Pool } from 'pg';
import { afterFailure, type AttemptPolicy, describeError } from './after-failure.ts';
import type { Job, JobResult, Progress } from './job.ts';
import {
  failRun,
  finishRun,
  giveRunBack,
  repeatRun,
  saveProgress,
  type TakenRun,
  takeRun,
} from './job-run.sql.ts';
import { JobSession } from './job-session.ts';

export interface RunnerSettings extends AttemptPolicy {
  /** Written to the runs that this process takes: host and process. */
  readonly worker: string;
  /** How long a process may be silent before its run is taken over, in ms. */
  readonly stalledAfterMs: number;
  /** A run that takes longer is cut off and counts as a failure, in ms, unless its job has a limit of its own. */
  readonly limitMs: number;
}

/** What an attempt comes to. `lost`: another process had taken the run over, and what came of it here counts no more. */
export const runOutcomes = ['done', 'again', 'failed', 'interrupted', 'lost'] as const;
export type RunOutcome = (typeof runOutcomes)[number];

export interface FinishedRun {
  readonly job: string;
  readonly id: string;
  readonly outcome: RunOutcome;
  /** Of a run that failed, for good or until it is repeated. */
  readonly error?: unknown;
  readonly result?: JobResult;
}

export interface RunnerParts {
  readonly pool: Pool;
  readonly jobs: readonly Job[];
  readonly settings: RunnerSettings;
  /** Hears of every attempt. */
  readonly onRun: (run: FinishedRun) => void;
}

/** The run took longer than it may. */
export class RunTooLongError extends Error {
  readonly code = 'RUN_TOO_LONG';

  constructor(job: string, limitMs: number) {
    super(`${job} took longer than ${limitMs / 1_000} s`);
    this.name = 'RunTooLongError';
  }
}

/** Every attempt ended with its process: the job takes down whoever runs it. */
export class RunAbandonedError extends Error {
  readonly code = 'RUN_ABANDONED';

  constructor(job: string, attempts: number) {
    super(`${job} was begun ${attempts} times and its process ended each time before it was done`);
    this.name = 'RunAbandonedError';
  }
}

const progressEveryMs = 250;
const interrupted = Symbol('interrupted');

/**
 * Starts what `job_run` says is to be started. Whoever noticed it, the schedules in Redis or the overdue check, asks
 * here; the job's lock in PostgreSQL and the state of the run decide.
 */
export class JobRunner {
  readonly #parts: RunnerParts;
  readonly #underWay = new Map<string, Promise<FinishedRun[]>>();
  readonly #ending = new AbortController();
  #isStopping = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Names of the jobs that this process is running now. */
  get running(): readonly string[] {
    return [...this.#underWay.keys()];
  }

  /**
   * Runs a job's open runs, one after the other. Does nothing when another process is at it, when there are none, or
   * when this process is stopping.
   *
   * @returns what came of them
   * @throws what pg throws when the database is away
   */
  async runOpen(name: string, onProgress: (progress: Progress) => void = () => {}): Promise<FinishedRun[]> {
    const job = this.#parts.jobs.find((one) => one.name === name);
    if (job === undefined || this.#isStopping) return [];
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) return underWay;
    const work = this.#runAll(job, onProgress).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, work);
    return work;
  }

  /** Starts nothing more, waits for what is under way, and interrupts what is not done after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const timer = setTimeout(() => this.#ending.abort(interrupted), graceMs);
    await Promise.allSettled(this.#underWay.values());
    clearTimeout(timer);
  }

  async #runAll(job: Job, onProgress: (progress: Progress) => void): Promise<FinishedRun[]> {
    const { pool, settings, onRun } = this.#parts;
    const finished: FinishedRun[] = [];
    for (;;) {
      // A session per run: one that was abandoned, or broke, is not for the next run.
      await using session = await JobSession.open(pool, job.name, settings.stalledAfterMs);
      const run = session && (await takeRun(session, job.name, settings.worker));
      if (session === undefined || run === undefined) return finished;
      const outcome = await this.#runOne(session, job, run, onProgress);
      finished.push(outcome);
      onRun(outcome);
      if (this.#isStopping) return finished;
    }
  }

  async #runOne(
    session: JobSession,
    job: Job,
    run: TakenRun,
    onProgress: (progress: Progress) => void,
  ): Promise<FinishedRun> {
    const { pool, settings } = this.#parts;
    const about = { job: job.name, id: run.id };
    if (run.attempts > settings.attempts) {
      const error = new RunAbandonedError(job.name, settings.attempts);
      return {
        ...about,
        outcome: (await failRun(pool, run, describeError(error))) ? 'failed' : 'lost',
        error,
      };
    }
    const tooLong = new AbortController();
    const { limitMs = settings.limitMs } = job;
    const timer = setTimeout(() => tooLong.abort(new RunTooLongError(job.name, limitMs)), limitMs);
    const signal = AbortSignal.any([this.#ending.signal, tooLong.signal]);
    try {
      const report = progressWriter(session, run, onProgress);
      // A job that hangs is left behind.
      const result = await orAbort(job.run({ session, report, signal }), signal);
      const isOurs = await finishRun(pool, run, result);
      return { ...about, outcome: isOurs ? 'done' : 'lost', result };
    } catch (error) {
      if (signal.aborted) session.abandon();
      if (this.#ending.signal.aborted) {
        return { ...about, outcome: (await giveRunBack(pool, run)) ? 'interrupted' : 'lost' };
      }
      return { ...about, outcome: await this.#recordFailure(run, error), error };
    } finally {
      clearTimeout(timer);
    }
  }

  async #recordFailure(run: TakenRun, error: unknown): Promise<RunOutcome> {
    const { pool, settings } = this.#parts;
    const verdict = afterFailure(settings, run.attempts, Math.random);
    if (verdict.kind === 'failed') {
      return (await failRun(pool, run, describeError(error))) ? 'failed' : 'lost';
    }
    return (await repeatRun(pool, run, describeError(error), verdict.inMs)) ? 'again' : 'lost';
  }
}

/** Writes the first and the last, and in between a few a second. */
function progressWriter(session: JobSession, run: TakenRun, onProgress: (progress: Progress) => void) {
  let writtenAt = Number.NEGATIVE_INFINITY;
  return async (progress: Progress): Promise<void> => {
    const now = performance.now();
    if (progress.done !== progress.total && now - writtenAt < progressEveryMs) return;
    writtenAt = now;
    await saveProgress(session, run, progress);
    onProgress(progress);
  };
}
