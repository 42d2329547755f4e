/** Changes of one subject that were kept quiet, to be said as one. */
export interface QuietChanges<Change> {
  readonly last: Change;
  readonly changes: number;
}

interface Window<Change> {
  readonly endsAt: number;
  saidYet: number;
  quiet: number;
  last: Change;
}

/** A fall and its recovery. */
const SAID_PER_WINDOW = 2;

/**
 * Decides which changes of state are worth a line of their own. A subject that changes once is said at once, and its
 * way back too; one that flaps is said once per window, with the number of changes and where it stands.
 *
 * Pure but for its memory: times are monotonic ms and come in as parameters. A subject that was quiet for a whole window
 * is forgotten.
 */
export class StateChanges<Change> {
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window<Change>>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** @returns whether to say this change now */
  isWorthSaying(subject: string, change: Change, now: number): boolean {
    const window = this.#windows.get(subject);
    if (window === undefined || (now >= window.endsAt && window.quiet === 0)) {
      this.#windows.set(subject, { endsAt: now + this.#windowMs, saidYet: 1, quiet: 0, last: change });
      return true;
    }
    window.last = change;
    if (window.saidYet < SAID_PER_WINDOW && now < window.endsAt) {
      window.saidYet += 1;
      return true;
    }
    window.quiet += 1;
    return false;
  }

  /** What was kept quiet in windows that are over. */
  takeDue(now: number): QuietChanges<Change>[] {
    const due: QuietChanges<Change>[] = [];
    for (const [subject, { endsAt, quiet, last }] of this.#windows) {
      if (now < endsAt) continue;
      if (quiet === 0) {
        this.#windows.delete(subject);
        continue;
      }
      due.push({ last, changes: quiet });
      const next = { endsAt: now + this.#windowMs, saidYet: SAID_PER_WINDOW, quiet: 0, last };
      this.#windows.set(subject, next);
    }
    return due;
  }
}
