/** The lease ran out by this relay's own clock: the process slept, or the database did not answer for too long. */
export class LeaseLapsedError extends Error {
  readonly code = 'OUTBOX_LEASE_LAPSED';

  constructor() {
    super('the lease ran out before it was renewed; the lanes may have another owner');
    this.name = 'LeaseLapsedError';
  }
}

/**
 * This relay's lease by its own clock. It ends earlier here than in the database: counted from before the renewal was
 * asked for, and less a margin. Monotonic time goes on while the process is stopped, so one that wakes up late finds
 * its lease over before it sends.
 */
export class Lease {
  readonly #leaseMs: number;
  readonly #marginMs: number;
  readonly #monotonic: () => number;
  #deadline = Number.NEGATIVE_INFINITY;

  /** @param monotonic time in ms that never goes back */
  constructor(leaseMs: number, marginMs: number, monotonic: () => number) {
    this.#leaseMs = leaseMs;
    this.#marginMs = marginMs;
    this.#monotonic = monotonic;
  }

  /** @param askedAt monotonic time before the renewal was sent to the database */
  renewed(askedAt: number): void {
    this.#deadline = askedAt + this.#leaseMs - this.#marginMs;
  }

  /** Whether something that takes up to `ms` may begin now. */
  isGoodFor(ms: number): boolean {
    return this.#monotonic() + ms < this.#deadline;
  }
}
