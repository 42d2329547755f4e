import { isReplayed, type KafkaRecord, nameOfRecord } from '../checker/facts.ts';

/** What a relay tells of itself while it works, each before anything else can happen. */
export type RelayLine =
  | {
      readonly kind: 'sent';
      /** Its number in this process. */
      readonly batch: number;
      readonly partition: number;
      /** By their names, as the checker has them. */
      readonly events: readonly string[];
    }
  | { readonly kind: 'unanswered'; readonly batch: number }
  /** A broker said no to it: it is not written. */
  | { readonly kind: 'refused'; readonly batch: number }
  /** Nothing that was sent is without its progress. */
  | { readonly kind: 'recorded' }
  /** The progress of these is committed, by their receipts. */
  | { readonly kind: 'confirmed'; readonly events: readonly string[] }
  /** Lanes are its own from now on; by itself no reason to send anything again. */
  | { readonly kind: 'granted' }
  /** Which happens between two sends, when the progress of the one before is committed. */
  | { readonly kind: 'given back'; readonly partitions: readonly number[] }
  /** Another relay owns these lanes: the progress of what is in flight will not be committed. */
  | { readonly kind: 'lost'; readonly partitions: readonly number[] }
  /** The relay was killed, or its session ended: everything begins from the committed progress. */
  | { readonly kind: 'over' };

interface SentBatch {
  readonly batch: number;
  readonly events: readonly string[];
}

/**
 * What the faults that one relay met may have made stand in Kafka once more, event by event. A lane has one batch under
 * way and sends the next one when the progress of the one before is committed, so that at a fault only a lane's newest
 * batch can be without its progress; one that nobody answered is sent again, once per attempt. No batch counts twice.
 */
export class BatchesAtRisk {
  readonly #rows: number;
  /** By partition, unless it is at risk already or its progress is known to be committed. */
  readonly #newest = new Map<number, SentBatch>();
  readonly #times = new Map<string, number>();

  /** @param rows that a batch may have at most; what was sent beyond that is nobody's right */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Of all batches at risk, each as often as it was sent. */
  get events(): number {
    return [...this.#times.values()].reduce((sum, times) => sum + times, 0);
  }

  /** In how many batches at risk this event was. */
  timesOf(event: string): number {
    return this.#times.get(event) ?? 0;
  }

  hear(line: RelayLine): void {
    switch (line.kind) {
      case 'sent':
        this.#newest.set(line.partition, line);
        return;
      case 'unanswered':
        this.#risk([...this.#newest].filter(([, { batch }]) => batch === line.batch).map(([at]) => at));
        return;
      case 'refused':
        for (const [partition, { batch }] of this.#newest) {
          if (batch === line.batch) this.#newest.delete(partition);
        }
        return;
      case 'recorded':
        this.#newest.clear();
        return;
      case 'confirmed': {
        const confirmed = new Set(line.events);
        for (const [partition, { events }] of this.#newest) {
          if (events.every((event) => confirmed.has(event))) this.#newest.delete(partition);
        }
        return;
      }
      case 'given back':
        for (const partition of line.partitions) this.#newest.delete(partition);
        return;
      case 'lost':
        this.#risk(line.partitions);
        return;
      case 'over':
        this.#risk([...this.#newest.keys()]);
        return;
      case 'granted':
    }
  }

  #risk(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const events = this.#newest.get(partition)?.events ?? [];
      for (const event of events.slice(0, this.#rows)) this.#times.set(event, this.timesOf(event) + 1);
      this.#newest.delete(partition);
    }
  }
}

/**
 * Events that stand in Kafka more often than what these relays met explains, one line each. Replays say what they are,
 * and are no repetition of what they replay: each may stand there once beside it.
 */
export function unexplainedRepeats(
  records: readonly KafkaRecord[],
  relays: readonly BatchesAtRisk[],
): string[] {
  const replays = repeatsIn(records.filter(isReplayed), relays).map((repeat) => `replayed: ${repeat}`);
  return [
    ...repeatsIn(
      records.filter((record) => !isReplayed(record)),
      relays,
    ),
    ...replays,
  ];
}

function repeatsIn(records: readonly KafkaRecord[], relays: readonly BatchesAtRisk[]): string[] {
  const standing = new Map<string, number>();
  for (const record of records) {
    const event = nameOfRecord(record);
    // One without a name is invented, which is another verdict.
    if (event !== undefined) standing.set(event, (standing.get(event) ?? 0) + 1);
  }
  return [...standing].flatMap(([event, times]) => {
    const most = relays.reduce((sum, atRisk) => sum + atRisk.timesOf(event), 1);
    return times <= most ? [] : [`${event} stands ${times} times, at most ${most} are explained`];
  });
}
