/** A record as the broker holds it. */
export interface LogRecord {
  readonly offset: bigint;
  /** Empty when it has none. */
  readonly key: string;
  /** Null for a tombstone. */
  readonly value: Uint8Array | null;
  /** Of headers that repeat, the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the producer made it. */
  readonly time: Date;
}

/** What the broker keeps of one partition. */
export interface LogBounds {
  readonly partition: number;
  /** The first offset that is kept. */
  readonly first: bigint;
  /** The first one that is not written yet. */
  readonly end: bigint;
}

/** How operations read what the broker holds; packages/kafka implements it. Reading leaves no trace there. */
export interface EventLog extends AsyncDisposable {
  bounds(topic: string): Promise<readonly LogBounds[]>;
  /** Per partition the first offset of a record at or after `time`; its end where there is none. */
  offsetsAt(topic: string, time: Date): Promise<ReadonlyMap<number, bigint>>;
  /** Records `from` … `until` − 1, in order, a few at a time. */
  read(topic: string, partition: number, from: bigint, until: bigint): AsyncIterable<LogRecord>;
}
