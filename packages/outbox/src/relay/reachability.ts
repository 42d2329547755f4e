import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import { PublishError, type Publisher } from '../publisher.ts';
import { classify } from './failure-class.ts';

/**
 * How a failed lane waits. Where nothing answered at all, a cheap question every `probeEveryMs` ends the wait early,
 * so that an outage of an hour does not cost another half minute after its end. Lanes of one topic share a question.
 * A partition that is at fault, which a broker tells of and no question about the topic, is tried as often: most often
 * it has no leader for a moment, and it is what a broker that comes back answers first (KIP-580 waits a second at most,
 * too).
 */
export class Reachability {
  readonly #publisher: Publisher;
  readonly #probeEveryMs: number;
  readonly #asked = new Map<string, Promise<boolean>>();

  constructor(publisher: Publisher, probeEveryMs: number) {
    this.#publisher = publisher;
    this.#probeEveryMs = probeEveryMs;
  }

  /** @param failures in a row, at least 1 */
  async waitToRetry(
    topic: string,
    error: unknown,
    failures: number,
    backoff: BackoffPolicy,
    random: () => number,
    signal: AbortSignal,
  ): Promise<void> {
    const isPartition = classify(error).class === 'partition';
    const capMs = isPartition ? Math.min(backoff.capMs, this.#probeEveryMs) : backoff.capMs;
    let leftMs = backoffDelay({ ...backoff, capMs }, failures - 1, random);
    if (!(error instanceof PublishError) || error.reach === 'answered') {
      await wait(leftMs, signal);
      return;
    }
    while (leftMs > this.#probeEveryMs && !signal.aborted) {
      await wait(this.#probeEveryMs, signal);
      leftMs -= this.#probeEveryMs;
      if (!signal.aborted && (await this.#answers(topic))) return;
    }
    await wait(leftMs, signal);
  }

  async #answers(topic: string): Promise<boolean> {
    const underWay = this.#asked.get(topic);
    if (underWay !== undefined) return await underWay;
    const question = this.#publisher
      .probe(topic)
      .then(
        () => true,
        () => false,
      )
      .finally(() => this.#asked.delete(topic));
    this.#asked.set(topic, question);
    return await question;
  }
}
