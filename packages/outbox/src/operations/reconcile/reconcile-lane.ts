import type { Queryable } from '../../relay/relay-database.ts';
import type { EventLog, LogBounds, LogRecord } from '../event-log.ts';
import type { LaneState } from '../lane-states.sql.ts';
import { compareRecord } from './compare-record.ts';
import type { Difference } from './difference.ts';
import { type LaneEdges, readEventsOfKeys, readReceiptEntries, type ReceiptEntry } from './receipts.sql.ts';

export interface LaneComparison {
  readonly database: Queryable;
  readonly log: Pick<EventLog, 'read'>;
  readonly lane: LaneState;
  readonly since: Date;
  /** Taken before `bounds`: receipts up to there must point into them. */
  readonly edges: LaneEdges;
  readonly bounds: LogBounds;
  /** Where records at or after `since` begin. */
  readonly offsetAtSince: bigint;
  /** Whether the broker keeps the topic for ever: else what it dropped by its age is no difference. */
  readonly keeps: 'for ever' | 'for a time';
  /** Called for each record and each receipt that was looked at. */
  readonly seen: (what: 'record' | 'repetition') => void;
  readonly signal: AbortSignal;
}

/** Records without a receipt are looked up together. */
const strangersAtOnce = 200;

/**
 * Receipts and records of one partition both ascend by offset, so one pass over both, side by side, finds every
 * difference; a page of each is in memory. A record without a receipt is a repetition after a lost answer, or on its
 * way into a receipt, if the outbox has the same event; else nobody knows where it comes from.
 */
export async function* reconcileLane(
  comparison: LaneComparison,
): AsyncGenerator<Difference, void, undefined> {
  const { database, log, lane, since, edges, bounds, signal } = comparison;
  const receipts = new AscendingReceipts(readReceiptEntries(database, lane.lane, since));
  yield* (await receipts.advance()).map((entry) => overlapping(lane, entry));
  const from = greater(
    bounds.first,
    lesser(receipts.current?.offset ?? bounds.end, comparison.offsetAtSince),
  );
  let strangers: LogRecord[] = [];
  for await (const record of log.read(lane.topic, lane.partition, from, bounds.end)) {
    if (signal.aborted) return;
    comparison.seen('record');
    while (receipts.current !== undefined && receipts.current.offset < record.offset) {
      yield* missingRecord(comparison, receipts.current);
      yield* (await receipts.advance()).map((entry) => overlapping(lane, entry));
    }
    if (receipts.current?.offset === record.offset) {
      yield* standing(comparison, receipts.current, record);
      yield* (await receipts.advance()).map((entry) => overlapping(lane, entry));
    } else {
      strangers.push(record);
    }
    if (strangers.length === strangersAtOnce) yield* unexplained(comparison, strangers.splice(0));
  }
  yield* unexplained(comparison, strangers);
  while (receipts.current !== undefined && receipts.current.receiptId <= edges.newestReceipt) {
    if (signal.aborted) return;
    yield* missingRecord(comparison, receipts.current);
    yield* (await receipts.advance()).map((entry) => overlapping(lane, entry));
  }
}

/** Receipt entries one by one, less those that do not stand above all before them. */
class AscendingReceipts {
  readonly #entries: AsyncIterator<ReceiptEntry>;
  #highest = -1n;
  current: ReceiptEntry | undefined;

  constructor(entries: AsyncIterable<ReceiptEntry>) {
    this.#entries = entries[Symbol.asyncIterator]();
  }

  /** @returns the entries that were passed over */
  async advance(): Promise<readonly ReceiptEntry[]> {
    const passedOver: ReceiptEntry[] = [];
    for (;;) {
      const next = await this.#entries.next();
      this.current = next.done === true ? undefined : next.value;
      if (this.current === undefined) return passedOver;
      if (this.current.offset > this.#highest) {
        this.#highest = this.current.offset;
        return passedOver;
      }
      passedOver.push(this.current);
    }
  }
}

type Place = Pick<Difference, 'topic' | 'lane' | 'partition' | 'offset' | 'seq'>;

function placeOf({ topic, lane, partition }: LaneState, { offset, seq }: ReceiptEntry): Place {
  return { topic, lane, partition, offset, seq };
}

function overlapping(lane: LaneState, entry: ReceiptEntry): Difference {
  return {
    kind: 'RECEIPT_OVERLAPS',
    ...placeOf(lane, entry),
    key: entry.event?.key ?? '',
    what: `Receipt ${entry.receiptId} says offset ${entry.offset}, which is not above those of the receipts before it.`,
  };
}

function* missingRecord(comparison: LaneComparison, entry: ReceiptEntry): Generator<Difference> {
  const { lane, edges, bounds, keeps } = comparison;
  const { event, offset, seq } = entry;
  if (keeps === 'for a time' && offset < bounds.first) return;
  if (event === null) return yield* unknownReceipt(lane, edges, entry);
  const why =
    offset < bounds.first ? `Kafka keeps the partition from offset ${bounds.first}` : 'nothing is there';
  yield {
    kind: 'RECORD_MISSING',
    ...placeOf(lane, entry),
    key: event.key,
    version: event.version,
    what: `Seq ${seq} should stand at ${lane.topic}/${lane.partition} offset ${offset}, but ${why}.`,
  };
}

function* standing(
  { lane, edges }: LaneComparison,
  entry: ReceiptEntry,
  record: LogRecord,
): Generator<Difference> {
  const { event, offset, seq } = entry;
  if (event === null) return yield* unknownReceipt(lane, edges, entry);
  const comparison = compareRecord(record, event);
  if (comparison.result === 'same') return;
  const there = `${lane.topic}/${lane.partition} offset ${offset}`;
  const { key, version } = event;
  if (comparison.result === 'other event') {
    const what = `At ${there} stands another event (key ${record.key}, ${record.headers['ce_id'] ?? 'no id'}) than seq ${seq}.`;
    yield { kind: 'OTHER_EVENT', ...placeOf(lane, entry), key, version, what };
  } else {
    const what = `At ${there} stands seq ${seq} with another ${comparison.parts.join(', ')}.`;
    yield { kind: 'OTHER_BYTES', ...placeOf(lane, entry), key, version, what };
  }
}

/** Days of the outbox are dropped, and receipts a little later. */
function* unknownReceipt(
  lane: LaneState,
  { leastSeq }: LaneEdges,
  entry: ReceiptEntry,
): Generator<Difference> {
  if (leastSeq === null || entry.seq < leastSeq) return;
  yield {
    kind: 'RECEIPT_UNKNOWN',
    ...placeOf(lane, entry),
    key: '',
    what: `Receipt ${entry.receiptId} is of seq ${entry.seq}, which the outbox does not have.`,
  };
}

async function* unexplained(
  { database, lane, since, seen }: LaneComparison,
  records: readonly LogRecord[],
): AsyncGenerator<Difference, void, undefined> {
  if (records.length === 0) return;
  const { topic, partition } = lane;
  const events = await readEventsOfKeys(database, topic, [...new Set(records.map(({ key }) => key))]);
  const byKey = Map.groupBy(events, ({ key }) => key);
  for (const record of records) {
    const own = byKey.get(record.key) ?? [];
    if (own.some((event) => compareRecord(record, event).result === 'same')) {
      seen('repetition');
      continue;
    }
    // The outbox may have dropped the day of an event that was published late.
    if (record.time < since) continue;
    const { key, offset } = record;
    const what = `At ${topic}/${partition} offset ${offset} stands ${record.headers['ce_id'] ?? 'something without an id'}, which is no event of the outbox.`;
    yield { kind: 'RECORD_UNKNOWN', topic, partition, offset, key, lane: lane.lane, what };
  }
}

function greater(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
