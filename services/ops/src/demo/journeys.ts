import type { AppliedTime, EventTimes } from './event-times.sql.ts';

/** The way of one order, as far as it is known. Times in ms since 1970. */
interface Journey {
  readonly committedAt?: number;
  readonly publishedAt?: number;
  readonly appliedAt?: number;
}

export interface Counts {
  readonly placed: number;
  readonly published: number;
  readonly projected: number;
}

/** What the demo knows of its orders' ways into Kafka and into the totals. */
export class Journeys {
  readonly #journeys = new Map<string, Journey>();
  readonly #unpublished = new Set<string>();
  readonly #unapplied = new Set<string>();
  #commitTimesTracked = true;

  placed(orderId: string): void {
    this.#journeys.set(orderId, {});
    this.#unpublished.add(orderId);
    this.#unapplied.add(orderId);
  }

  published(times: readonly EventTimes[]): void {
    for (const { key, committedAt, createdAt, publishedAt } of times) {
      if (!this.#unpublished.delete(key)) continue;
      if (committedAt === null) this.#commitTimesTracked = false;
      const from = committedAt ?? createdAt;
      this.#extend(key, { committedAt: from.getTime(), publishedAt: publishedAt.getTime() });
    }
  }

  applied(times: readonly AppliedTime[]): void {
    for (const { key, appliedAt } of times) {
      if (this.#unapplied.delete(key)) this.#extend(key, { appliedAt: appliedAt.getTime() });
    }
  }

  /** The oldest ones first, at most `limit`. */
  unpublished(limit: number): string[] {
    return [...this.#unpublished].slice(0, limit);
  }

  unapplied(limit: number): string[] {
    return [...this.#unapplied].slice(0, limit);
  }

  get counts(): Counts {
    const placed = this.#journeys.size;
    return {
      placed,
      published: placed - this.#unpublished.size,
      projected: placed - this.#unapplied.size,
    };
  }

  /** Whether the server says when a transaction committed; else its rows' creation stands in for it. */
  get commitTimesTracked(): boolean {
    return this.#commitTimesTracked;
  }

  /** From commit to Kafka's acknowledgement, in ms, of the orders where both are known. */
  get msToKafka(): number[] {
    return this.#durations(({ publishedAt }) => publishedAt);
  }

  /** From commit to the projection's commit, in ms, of the orders where both are known. */
  get msToProjection(): number[] {
    return this.#durations(({ appliedAt }) => appliedAt);
  }

  #durations(end: (journey: Journey) => number | undefined): number[] {
    return [...this.#journeys.values()].flatMap((journey) => {
      const until = end(journey);
      return until === undefined || journey.committedAt === undefined ? [] : [until - journey.committedAt];
    });
  }

  #extend(orderId: string, part: Journey): void {
    this.#journeys.set(orderId, { ...this.#journeys.get(orderId), ...part });
  }
}
