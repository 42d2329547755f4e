import { backoffDelay } from '@waybill/retry';
import type { Generation } from './generations.sql.ts';
import type { Attempt } from './switch-generation.ts';

const policy = { baseMs: 1_000, capMs: 30_000 };
/** Attempts in a row from which on it is worth a word. */
const worthAWord = 3;

const complaints = {
  'no moment':
    'a moment without a batch of more than 250 ms: look for long transactions in pg_stat_activity; it is tried again at least every 30 s',
  'did not catch up':
    'its last events, which do not come within 300 ms: look for a paused partition or slow batches in the log; it is tried again at least every 30 s',
} as const;

/**
 * When a member may next stop what serves for a moment. Each attempt holds its batches up, so attempts that come to
 * nothing become rare; members that fail together spread.
 */
export class SwitchPace {
  readonly #random: () => number;
  #about = '';
  #failures = 0;
  #notBefore = 0;
  #last: Exclude<Attempt, 'none'> = 'no moment';

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Begins anew when it is another rebuild or none, and once the comparison has begun: the next attempt is to switch. */
  about(rebuild: Pick<Generation, 'generation' | 'isCompared'> | undefined): void {
    const about = rebuild === undefined ? '' : `${rebuild.generation} ${rebuild.isCompared}`;
    if (about === this.#about) return;
    this.#about = about;
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** @param now on a clock that does not go back, in ms */
  mayStop(now: number): boolean {
    return now >= this.#notBefore;
  }

  failed(attempt: Exclude<Attempt, 'none'>, now: number): void {
    this.#last = attempt;
    this.#notBefore = now + backoffDelay(policy, this.#failures, this.#random);
    this.#failures += 1;
  }

  /** What operators should know; undefined while there is nothing. */
  get complaint(): string | undefined {
    return this.#failures < worthAWord ? undefined : complaints[this.#last];
  }
}
