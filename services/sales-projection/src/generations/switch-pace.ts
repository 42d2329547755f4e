import { backoffDelay } from '@waybill/retry';

const policy = { baseMs: 1_000, capMs: 30_000 };
/** Attempts in a row from which on it is worth a word. */
const worthAWord = 3;

/**
 * When a member may next stop what serves for a moment. Each attempt holds its batches up, so attempts that come to
 * nothing become rare; members that fail together spread.
 */
export class SwitchPace {
  readonly #random: () => number;
  #failures = 0;
  #notBefore = 0;

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param now on a clock that does not go back, in ms */
  mayStop(now: number): boolean {
    return now >= this.#notBefore;
  }

  /** No moment was found. */
  failed(now: number): void {
    this.#notBefore = now + backoffDelay(policy, this.#failures, this.#random);
    this.#failures += 1;
  }

  /** There is no rebuild, or it is another one. */
  beginAnew(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** What operators should know; undefined while there is nothing. */
  get complaint(): string | undefined {
    if (this.#failures < worthAWord) return undefined;
    return 'a moment without a batch of more than 250 ms: look for long transactions in pg_stat_activity; it is tried again at least every 30 s';
  }
}
