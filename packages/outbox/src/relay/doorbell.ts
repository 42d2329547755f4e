/** What is to be read: the lanes of these numbers, or every lane. */
export type Wanted = 'all' | ReadonlySet<number>;

/**
 * Wakes a waiting loop and says where something is to be done. A ring while nobody waits is kept, so that it cannot fall
 * between a read and the pause after it.
 */
export class Doorbell {
  #rung: Wanted | undefined;
  #wake: (() => void) | undefined;

  /** @param lanes where something is to be done, nothing if there are none; without them, anywhere */
  ring(lanes?: readonly number[]): void {
    if (lanes?.length === 0) return;
    if (lanes === undefined) this.#rung = 'all';
    else if (this.#rung !== 'all') this.#rung = new Set([...(this.#rung ?? []), ...lanes]);
    this.#wake?.();
  }

  /**
   * Resolves after `ms` milliseconds, when the bell rings or has rung since the last wait, or when aborted.
   *
   * @returns what it rang for; all lanes when the time is up, so that rings for some do not put that off
   */
  async wait(ms: number, signal: AbortSignal): Promise<Wanted> {
    if (this.#rung === undefined && !signal.aborted && ms > 0) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.#wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        this.#wake = done;
      });
    }
    const wanted = ms > 0 ? (this.#rung ?? 'all') : 'all';
    this.#rung = undefined;
    return wanted;
  }
}
