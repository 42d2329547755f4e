import { wait } from '@waybill/retry';
import { dropOldDays } from '../retention/drop-old-days.ts';
import { forgetDeadRelays } from './membership.sql.ts';
import { findStrayLanes, makePartitions } from './partitions.sql.ts';
import type { RelayEvent } from './relay-event.ts';
import type { RelayParts } from './relay-parts.ts';

/** What several relays do for the outbox as a whole, each for itself: whoever comes second finds it done. */
export class Upkeep {
  readonly #parts: RelayParts;
  /** What was last said about each thing, so that it is said again only when it has changed. */
  readonly #said = new Map<string, string>();

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
    this.#sayChange({ type: 'partitions-blocked', partitions: blocked }, blocked > 0);
    const stray = await findStrayLanes(database);
    this.#sayChange({ type: 'stray-lanes', lanes: stray }, stray.length > 0);
  }

  /** @returns whether nothing is left to be tried again soon */
  async #dropDays(): Promise<boolean> {
    const { database, settings, listener } = this.#parts;
    const { dropped, kept, isWorthRetrying } = await dropOldDays(database, settings.retentionDays);
    if (dropped.length > 0) listener({ type: 'days-dropped', partitions: dropped });
    this.#sayChange({ type: 'days-kept', partitions: kept }, kept.length > 0);
    return !isWorthRetrying;
  }

  /** @returns undefined when it failed, which is reported */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#parts.listener({ type: 'upkeep-failed', error });
      return undefined;
    }
  }

  #sayChange(event: RelayEvent, isWorthSaying: boolean): void {
    const text = isWorthSaying ? JSON.stringify(event) : '';
    const last = this.#said.get(event.type) ?? '';
    this.#said.set(event.type, text);
    if (text !== last && isWorthSaying) this.#parts.listener(event);
  }

  /** Half to all of it. */
  #someOf(ms: number): number {
    return ms * (0.5 + this.#parts.random() / 2);
  }
}
