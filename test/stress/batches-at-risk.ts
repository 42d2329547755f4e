/** What a crashing relay writes while it works, a line each, before anything else can happen. */
export type RelayLine =
  | { readonly kind: 'sent' | 'unanswered'; readonly partition: number; readonly events: number }
  /** Nothing that was sent is without its progress. */
  | { readonly kind: 'recorded' }
  /** Lanes are granted anew or lost, or a session has ended: what is in flight may come again. */
  | { readonly kind: 'interrupted' }
  /** It dies with so many events in flight. */
  | { readonly kind: 'crash'; readonly events: number };

/**
 * The most that may stand in Kafka twice, by partition: a lane has one batch under way and sends the next one when the
 * progress of the one before is committed, so that at each fault only a lane's last batch can be without its progress.
 * A batch that nobody answered counts once per attempt.
 */
export class BatchesAtRisk {
  readonly #rows: number;
  /** Events of the newest batch that may be without its progress. */
  readonly #last = new Map<number, number>();
  readonly #perPartition = new Map<number, number>();

  /** @param rows that a batch may have at most; what was sent beyond that is nobody's right */
  constructor(rows: number) {
    this.#rows = rows;
  }

  get perPartition(): ReadonlyMap<number, number> {
    return this.#perPartition;
  }

  sent(partition: number, events: number): void {
    this.#last.set(partition, Math.min(events, this.#rows));
  }

  unanswered(partition: number, events: number): void {
    this.#last.delete(partition);
    this.#add(partition, Math.min(events, this.#rows));
  }

  recorded(): void {
    this.#last.clear();
  }

  /** By a kill, by an end of the session, by another owner. */
  interrupted(): void {
    for (const [partition, events] of this.#last) this.#add(partition, events);
    this.#last.clear();
  }

  #add(partition: number, events: number): void {
    this.#perPartition.set(partition, (this.#perPartition.get(partition) ?? 0) + events);
  }
}
