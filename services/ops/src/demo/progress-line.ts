import type { Output } from '../output.ts';
import type { Counts } from './journeys.ts';

/** `placed 1,200 (640/s) · published 1,150 (600/s) · projected 1,100 (580/s) · of 2,000` */
export function progressText(counts: Counts, perSecond: Counts, total: number): string {
  const part = (name: keyof Counts): string =>
    `${name} ${grouped(counts[name])} (${grouped(Math.round(perSecond[name]))}/s)`;
  return `${part('placed')} · ${part('published')} · ${part('projected')} · of ${grouped(total)}`;
}

export function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

interface Sample {
  readonly at: number;
  readonly counts: Counts;
}

/** Rates are taken over this long, in ms. */
const windowMs = 2_000;

/**
 * A line that grows on a terminal and repeats every second elsewhere. Times are ms of a monotonic clock, given by the
 * caller.
 */
export class ProgressLine {
  readonly #output: Output;
  readonly #total: number;
  #samples: Sample[] = [];
  #lastWritten = Number.NEGATIVE_INFINITY;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#total = total;
  }

  async show(counts: Counts, now: number): Promise<void> {
    this.#samples = [...this.#samples.filter(({ at }) => at >= now - windowMs), { at: now, counts }];
    if (this.#output.isTerminal) return this.#write(`\r\u001b[K${this.#text(counts, now)}`, now);
    if (now - this.#lastWritten >= 1_000) await this.#write(`${this.#text(counts, now)}\n`, now);
  }

  /** The last state, with the rates of the whole run. */
  async end(counts: Counts, seconds: number): Promise<void> {
    const rate = (name: keyof Counts): number => counts[name] / seconds;
    const perSecond = {
      placed: rate('placed'),
      published: rate('published'),
      projected: rate('projected'),
    };
    const text = progressText(counts, perSecond, this.#total);
    await this.#output.write(this.#output.isTerminal ? `\r\u001b[K${text}\n` : `${text}\n`);
  }

  async #write(text: string, now: number): Promise<void> {
    this.#lastWritten = now;
    await this.#output.write(text);
  }

  #text(counts: Counts, now: number): string {
    const first = this.#samples[0] ?? { at: now, counts };
    const seconds = (now - first.at) / 1_000;
    const rate = (name: keyof Counts): number =>
      seconds === 0 ? 0 : (counts[name] - first.counts[name]) / seconds;
    const perSecond = {
      placed: rate('placed'),
      published: rate('published'),
      projected: rate('projected'),
    };
    return progressText(counts, perSecond, this.#total);
  }
}
