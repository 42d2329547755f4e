import { wait } from '@waybill/retry';
import { countFindings } from './findings.sql.ts';
import type { Queryable } from './job.ts';

export interface FindingsWatchParts {
  readonly database: Queryable;
  /** Names of the jobs to be looked at. */
  readonly jobs: readonly string[];
  /** Between two looks, in ms. */
  readonly everyMs: number;
}

/**
 * Looks in the table of runs for what the jobs found last: so a process that has just begun knows it too, and one that
 * did not run the job itself.
 */
export class FindingsWatch {
  readonly #parts: FindingsWatchParts;
  #findings: ReadonlyMap<string, number> | undefined;

  constructor(parts: FindingsWatchParts) {
    this.#parts = parts;
  }

  /** Counts by job. Undefined before the first look and while the database does not answer. */
  get findings(): ReadonlyMap<string, number> | undefined {
    return this.#findings;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { database, jobs, everyMs } = this.#parts;
    while (!signal.aborted) {
      try {
        this.#findings = await countFindings(database, jobs);
      } catch {
        // The overdue check, which asks more often, says that the database is away.
        this.#findings = undefined;
      }
      await wait(everyMs, signal);
    }
  }
}
