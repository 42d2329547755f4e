/** The loops of a session: each comes round by itself, whatever database and broker do. */
export type SessionLoop = 'cycle' | 'heartbeat';

/**
 * Whether the relay's loops come round. A database or a broker that is away is retried, and each try is progress; what
 * is not is a call that never returns, although everything here has a limit. Only a restart of the process mends that.
 */
export class LoopProgress {
  readonly #monotonic: () => number;
  readonly #calls = new Set<{ readonly since: number }>();
  readonly #cameRound: Record<SessionLoop, number>;

  /** @param monotonic time in ms that never goes back */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    const now = monotonic();
    this.#cameRound = { cycle: now, heartbeat: now };
  }

  cameRound(loop: SessionLoop): void {
    this.#cameRound[loop] = this.#monotonic();
  }

  /** A session begins or was given up: neither of its loops can be late yet. */
  restart(): void {
    this.cameRound('cycle');
    this.cameRound('heartbeat');
  }

  /** Watches a call that a loop may wait for, until it settles. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const call = { since: this.#monotonic() };
    this.#calls.add(call);
    try {
      return await work();
    } finally {
      this.#calls.delete(call);
    }
  }

  /** For how many ms the slowest of the loops and calls has not come to its end. */
  get ageMs(): number {
    const { cycle, heartbeat } = this.#cameRound;
    let oldest = Math.min(cycle, heartbeat);
    for (const { since } of this.#calls) oldest = Math.min(oldest, since);
    return this.#monotonic() - oldest;
  }
}
