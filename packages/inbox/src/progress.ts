/**
 * How long ago a consumer came on: each piece of work is to end, and its source is to come round. Waiting for a server
 * that is away ends in time-outs and tries again, so only what hangs grows old.
 */
export class Progress {
  /** Of the work that is under way. In ms, monotonic. */
  readonly #begun = new Set<{ readonly at: number }>();
  #roundAt: number | undefined;

  /** The source's loop has come round. */
  round(): void {
    this.#roundAt = performance.now();
  }

  /** The source's loop has ended: it will not come round, and need not. */
  end(): void {
    this.#roundAt = undefined;
  }

  /** Watches a piece of work that is to come to an end, whatever its outcome. */
  async of<Result>(work: () => Promise<Result>): Promise<Result> {
    const begun = { at: performance.now() };
    this.#begun.add(begun);
    try {
      return await work();
    } finally {
      this.#begun.delete(begun);
    }
  }

  /** Since when the slowest has not come on, in ms. */
  get ageMs(): number {
    const now = performance.now();
    const since = [...this.#begun].map(({ at }) => at);
    return now - Math.min(now, this.#roundAt ?? now, ...since);
  }
}
