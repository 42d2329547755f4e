import type { QueryResult, QueryResultRow } from 'pg';
import type { Schedule } from './schedule.ts';

/** A pool, a client, or the session that holds a job's lock. */
export interface Queryable {
  query<Row extends QueryResultRow>(statement: {
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<QueryResult<Row>>;
}

/** How far a run is, in steps of the job's own kind: keys, orders, partitions. */
export interface Progress {
  readonly done: number;
  /** Unknown for work that finds its end as it goes. */
  readonly total?: number;
}

/** What a run found or did: counts and short words, shown to operators. No personal data. */
export interface JobResult {
  /** Sentences about what somebody has to look at. */
  readonly findings?: readonly string[];
  readonly [what: string]: number | string | boolean | readonly string[] | undefined;
}

export interface JobContext {
  /**
   * The session that holds the job's lock. A job works through it, so that whoever lost the lock can do nothing more.
   * Statements commit by themselves.
   */
  readonly session: Queryable;
  /** Cheap: it is written a few times a second at most. */
  readonly report: (progress: Progress) => Promise<void>;
  /** Aborts when the process has to end and can wait no longer: give up at the next step. */
  readonly signal: AbortSignal;
}

/** Work that is done at set times, or when an operator asks. It may be repeated at any point without harm. */
export interface Job {
  readonly name: string;
  /** What it does, in one clause. */
  readonly description: string;
  readonly schedule: Schedule;
  /** In ms, where a run may take longer than others. */
  readonly limitMs?: number;
  run(context: JobContext): Promise<JobResult>;
}
