/**
 * What the checker judges: plain data, read once the system has come to rest, over connections of its own.
 * Nothing here is imported from the product; where both sides must agree (tables, headers, the partitioner) the
 * checker has its own wording of the agreement.
 */
export interface Facts {
  readonly events: readonly CommittedEvent[];
  readonly lanes: readonly Lane[];
  readonly receipts: readonly Receipt[];
  readonly parked: readonly ParkedEvent[];
  /** What was told when it was asked where the events of `askedKeys` are. */
  readonly deliveries: readonly Delivery[];
  readonly askedKeys: ReadonlySet<string>;
  /** Events that an operator wanted discarded, by the audit. */
  readonly discarded: ReadonlySet<bigint>;
  /** Events whose marker went out in their place, by the audit: what is replayed of them is the marker again. */
  readonly marked: ReadonlySet<bigint>;
  readonly replays: readonly Replay[];
  readonly losses: readonly LogLoss[];
  readonly records: readonly KafkaRecord[];
}

/** A committed row of `outbox`. */
export interface CommittedEvent {
  readonly lane: number;
  readonly seq: bigint;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly type: string;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A row of `outbox_lane`: the queue in front of one partition. */
export interface Lane {
  readonly lane: number;
  readonly topic: string;
  readonly partition: number;
}

/** A row of `outbox_progress` that published something: seq i went to `baseOffset + i`. */
export interface Receipt {
  readonly lane: number;
  readonly id: bigint;
  readonly kind: 'fresh' | 'late' | 'redrive' | 'replay';
  /** Of the log that the offsets belong to. */
  readonly logGeneration: number;
  readonly baseOffset: bigint;
  readonly seqs: readonly bigint[];
}

/** A row of `outbox_parked`: an event that Kafka refused, or one that waits behind it. */
export interface ParkedEvent {
  readonly lane: number;
  readonly seq: bigint;
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
}

/** A row of `outbox_delivery(key)`: where the owner of an order and operators read one of its events to be. */
export interface Delivery {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly seq: bigint;
  readonly state: 'pending' | 'parked' | 'published' | 'lost';
  /** Why it is parked. */
  readonly reason: string | null;
  /** This and what follows where it has a receipt. */
  readonly partition: number | null;
  readonly offset: bigint | null;
  readonly publishedAt: Date | null;
}

/** A row of `outbox_replay`: somebody asked for these events again. */
export interface Replay {
  readonly lane: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** A row of `outbox_log_loss`: what older generations had at or above this offset is gone. */
export interface LogLoss {
  readonly lane: number;
  readonly logGeneration: number;
  readonly baseOffset: bigint;
}

/** A record as the broker stores it. Bytes stay bytes: decoding would hide a difference. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In stored order; a name may repeat, which no event's header does. */
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

/** The header that carries an event's version. */
export const versionHeader = 'ce_orderversion';

/** Set to `true` on what was sent again because somebody asked for it, or because Kafka lost it. */
export const replayedHeader = 'ce_replayed';

/** Whether the record says that it is a replay: order and number of such are exempt. */
export function isReplayed(record: KafkaRecord): boolean {
  return record.headers.some(([name, value]) => name === replayedHeader && value.toString('utf8') === 'true');
}

/** The record's version, or undefined when the header is missing, repeated or not a positive decimal number. */
export function versionOf(record: KafkaRecord): number | undefined {
  const found = record.headers.filter(([name]) => name === versionHeader);
  const text = found.length === 1 ? (found[0]?.[1].toString('utf8') ?? '') : '';
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}

/** One name for an event on both sides: topic, key and version. */
export function nameOf(event: {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
}): string {
  return `${event.topic} ${event.key} v${event.version}`;
}

/** The same name read from a record, or undefined when it has no key or no version. */
export function nameOfRecord(record: KafkaRecord): string | undefined {
  const version = versionOf(record);
  if (record.key === null || version === undefined) return undefined;
  return nameOf({ topic: record.topic, key: record.key.toString('utf8'), version });
}

/** Where a record stands: `order_placed[3]@120`. */
export function placeOf(record: { topic: string; partition: number; offset: bigint }): string {
  return `${record.topic}[${record.partition}]@${record.offset}`;
}

/** Records in the order in which a consumer meets them: by partition, then offset. */
export function inLogOrder(records: readonly KafkaRecord[]): KafkaRecord[] {
  return records.toSorted(
    (a, b) =>
      a.topic.localeCompare(b.topic) ||
      a.partition - b.partition ||
      (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0),
  );
}
