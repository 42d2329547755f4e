import { wait } from '@waybill/retry';
import type { Queryable } from '../runs/job.ts';
import { type CanarySighting, readSighting, whereCanaryIs } from './canary.sql.ts';
import { type CanaryLimits, type CanaryState, isAlarm, judgeCanary } from './canary-state.ts';

export interface CanaryReport {
  readonly state: CanaryState;
  readonly sighting: CanarySighting;
  /** Of the overdue one, by the outbox's receipts: pending, parked, published, unknown. */
  readonly standsAt: string | null;
}

export interface CanaryWatchParts {
  readonly database: Queryable;
  readonly limits: CanaryLimits;
  readonly everyMs: number;
  /** At every change of the state's kind, the first one too. */
  readonly onChange: (report: CanaryReport) => void;
}

/**
 * Looks at the canaries in PostgreSQL, so that every process knows how the path is, whichever of them reads. While the
 * database is away there is no report: numbers of the past are no news.
 */
export class CanaryWatch {
  readonly #parts: CanaryWatchParts;
  readonly #startedAt = performance.now();
  #report: CanaryReport | undefined;
  #reportedAt = this.#startedAt;

  constructor(parts: CanaryWatchParts) {
    this.#parts = parts;
  }

  /** Undefined before the first look and while the database does not answer. */
  get report(): CanaryReport | undefined {
    return this.#report;
  }

  /**
   * Whether the path is known to be out of order, or has not been known for so long that a canary would be overdue.
   *
   * @param now monotonic, in ms
   */
  isOverdue(now: number): boolean {
    if (this.#report !== undefined) return isAlarm(this.#report.state);
    const { everyMs, limitMs } = this.#parts.limits;
    return now - this.#reportedAt > everyMs + limitMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    let known: CanaryState['kind'] | undefined;
    while (!signal.aborted) {
      try {
        this.#report = await this.#look(performance.now() - this.#startedAt);
        this.#reportedAt = performance.now();
        if (this.#report.state.kind !== known) this.#parts.onChange(this.#report);
        known = this.#report.state.kind;
      } catch {
        // The overdue check, which asks more often, says that the database is away.
        this.#report = undefined;
      }
      await wait(this.#parts.everyMs, signal);
    }
  }

  async #look(sinceStartMs: number): Promise<CanaryReport> {
    const { database, limits } = this.#parts;
    const sighting = await readSighting(database, limits.limitMs);
    const state = judgeCanary(sighting, limits, sinceStartMs);
    const standsAt = state.kind === 'overdue' ? await whereCanaryIs(database, state.canary) : null;
    return { state, sighting, standsAt };
  }
}
