import { wait } from '@waybill/retry';
import { dropOldDays } from '../retention/drop-old-days.ts';
import { forgetDeadRelays } from './membership.sql.ts';
import { findStrayLanes, makePartitions } from './partitions.sql.ts';
import type { RelayEvent, UpkeepComplaint } from './relay-event.ts';
import type { RelayParts } from './relay-parts.ts';
import { StandingComplaints } from './standing-complaints.ts';

/** What several relays do for the outbox as a whole, each for itself: whoever comes second finds it done. */
export class Upkeep {
  readonly #parts: RelayParts;
  readonly #complaints = new StandingComplaints<UpkeepComplaint>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** What the first progress row needs: a day whose rows are in the default partition cannot be made any more. */
  async begin(): Promise<void> {
    await this.#attempt(() => this.#makeDays());
  }

  /** Days are made long before they are needed and dropped when there is time, so a failed round is left to the next. */
  async keepOn(signal: AbortSignal): Promise<void> {
    const { upkeepEveryMs, upkeepRetryMs } = this.#parts.settings;
    // Soon after the start, and relays that were started together not at the same moment.
    let pauseMs = this.#someOf(upkeepRetryMs);
    for (;;) {
      await wait(pauseMs, signal);
      if (signal.aborted) return;
      const isDone = await this.#attempt(async () => {
        await this.#makeDays();
        return await this.#dropDays();
      });
      pauseMs = isDone === true ? upkeepEveryMs : Math.min(upkeepEveryMs, this.#someOf(upkeepRetryMs));
    }
  }

  async #makeDays(): Promise<void> {
    const { database, settings, listener } = this.#parts;
    await forgetDeadRelays(database);
    const { made, blocked } = await makePartitions(database, settings.partitionDaysAhead);
    if (made > 0) listener({ type: 'partitions-made', partitions: made });
    this.#look('partitions-blocked', blocked > 0 ? String(blocked) : undefined, {
      type: 'partitions-blocked',
      partitions: blocked,
    });
    const stray = await findStrayLanes(database);
    const lanes = stray.length > 0 ? stray.join() : undefined;
    this.#look('stray-lanes', lanes, { type: 'stray-lanes', lanes: stray });
  }

  /** @returns whether nothing is left to be tried again soon */
  async #dropDays(): Promise<boolean> {
    const { database, settings, listener } = this.#parts;
    const { dropped, kept, isWorthRetrying } = await dropOldDays(database, settings.retentionDays);
    if (dropped.length > 0) listener({ type: 'days-dropped', partitions: dropped });
    const days = kept.length > 0 ? JSON.stringify(kept) : undefined;
    this.#look('days-kept', days, { type: 'days-kept', partitions: kept });
    return !isWorthRetrying;
  }

  /** @returns undefined when it failed, which is reported */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.#look('upkeep-failed', undefined, { type: 'upkeep-failed', error: undefined });
      return result;
    } catch (error) {
      this.#look('upkeep-failed', failureOf(error), { type: 'upkeep-failed', error });
      return undefined;
    }
  }

  /** @param detail what is wrong, undefined when nothing is */
  #look(what: UpkeepComplaint, detail: string | undefined, event: RelayEvent): void {
    const change = this.#complaints.look(what, detail);
    if (change === 'complain') this.#parts.listener(event);
    if (change === 'over') this.#parts.listener({ type: 'upkeep-mended', what });
  }

  /** Half to all of it. */
  #someOf(ms: number): number {
    return ms * (0.5 + this.#parts.random() / 2);
  }
}

/** By its code, where it has one: messages name times and addresses that differ at each attempt. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
