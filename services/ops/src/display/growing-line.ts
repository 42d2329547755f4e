import type { Output } from '../output.ts';

/** Elsewhere than on a terminal the line is repeated this often, in ms. */
const repeatEveryMs = 1_000;

/** A line that is written over on a terminal, and repeated now and then elsewhere. Times are ms of a monotonic clock. */
export class GrowingLine {
  readonly #output: Output;
  #lastWritten = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Between two repetitions nothing is written. */
  async show(text: string, now: number): Promise<void> {
    if (!this.#output.isTerminal && now - this.#lastWritten < repeatEveryMs) return;
    this.#lastWritten = now;
    await this.#output.write(this.#output.isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** The line's last state, which stays. */
  async end(text: string): Promise<void> {
    await this.#output.write(this.#output.isTerminal ? `\r\u001b[K${text}\n` : `${text}\n`);
  }
}
