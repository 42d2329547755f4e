import type { Wanted } from './doorbell.ts';
import type { RelaySettings } from './relay-settings.ts';

/** What a cycle came upon: rows beyond its limits, some rows, none but an errand that goes on, or nothing. */
export type Found = 'full' | 'some' | 'errand' | 'none';

/** When every lane is read next, by what the last time brought. */
export class PollPace {
  readonly #settings: Pick<RelaySettings, 'pollMinMs' | 'pollMaxMs'>;
  readonly #monotonic: () => number;
  #pauseMs = 0;
  #dueAt = Number.NEGATIVE_INFINITY;

  constructor(settings: Pick<RelaySettings, 'pollMinMs' | 'pollMaxMs'>, monotonic: () => number) {
    this.#settings = settings;
    this.#monotonic = monotonic;
  }

  /**
   * A full read is followed at once, one that found something after `pollMinMs`, and every empty one doubles the pause
   * up to `pollMaxMs`. A read of some lanes says nothing of the others: it may bring the next one forward, when there is
   * more to do than it did, and never puts it off.
   */
  cameUpon(found: Found, wanted: Wanted): void {
    const { pollMinMs, pollMaxMs } = this.#settings;
    const longer = Math.min(pollMaxMs, Math.max(pollMinMs, this.#pauseMs * 2));
    const pauseMs = { full: 0, some: pollMinMs, errand: pollMinMs, none: longer }[found];
    const dueAt = this.#monotonic() + pauseMs;
    if (wanted === 'all') {
      this.#pauseMs = pauseMs;
      this.#dueAt = dueAt;
    } else if (found === 'full' || found === 'errand') {
      this.#pauseMs = Math.min(this.#pauseMs, pauseMs);
      this.#dueAt = Math.min(this.#dueAt, dueAt);
    }
  }

  /** ms until then, 0 or less when it is due. */
  get restMs(): number {
    return this.#dueAt - this.#monotonic();
  }
}
