import type { RelaySettings } from './relay-settings.ts';

/** What a cycle came upon: rows beyond its limits, some rows, or none. */
export type Found = 'full' | 'some' | 'none';

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
   * up to `pollMaxMs`.
   */
  cameUpon(found: Found): void {
    const { pollMinMs, pollMaxMs } = this.#settings;
    const longer = Math.min(pollMaxMs, Math.max(pollMinMs, this.#pauseMs * 2));
    this.#pauseMs = { full: 0, some: pollMinMs, none: longer }[found];
    this.#dueAt = this.#monotonic() + this.#pauseMs;
  }

  /** ms until then, 0 or less when it is due. */
  get restMs(): number {
    return this.#dueAt - this.#monotonic();
  }
}
