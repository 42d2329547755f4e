import { type CommittedEvent, type Facts, type KafkaRecord, nameOf, nameOfRecord, placeOf } from './facts.ts';

/** Headers that the relay adds when it sends; every other header must be one of those stored with the event. */
export const stampedHeaders: ReadonlySet<string> = new Set(['ce_epoch', 'ce_replayed']);

/**
 * Committed, but nowhere in Kafka (promise P2), and not parked either. A discarded event's marker bears its name and
 * stands for it.
 */
export function lostEvents({
  events,
  records,
  parked,
}: Pick<Facts, 'events' | 'records' | 'parked'>): string[] {
  const kept = new Set([...records.map(nameOfRecord), ...parked.map(nameOf)]);
  return events
    .filter((event) => !kept.has(nameOf(event)))
    .map((event) => `${nameOf(event)} (seq ${event.seq})`);
}

/** In Kafka, but never committed (promise P1). A record that does not say which event it is counts too. */
export function inventedEvents({ events, records }: Pick<Facts, 'events' | 'records'>): string[] {
  const committed = new Set(events.map(nameOf));
  return records.flatMap((record) => {
    const name = nameOfRecord(record);
    if (name === undefined) return [`${placeOf(record)} has no key or no version`];
    return committed.has(name) ? [] : [`${placeOf(record)}: ${name}`];
  });
}

/**
 * In Kafka with other bytes than those committed: each repetition is compared, not just the first (promise P2). In place
 * of an event that an operator wanted discarded its marker is right, and in place of no other; once it was discarded
 * nothing else is replayed of it.
 */
export function alteredEvents({
  events,
  records,
  discarded,
  marked,
}: Pick<Facts, 'events' | 'records' | 'discarded' | 'marked'>): string[] {
  const committed = new Map(events.map((event) => [nameOf(event), event]));
  return records.flatMap((record) => {
    const event = committed.get(nameOfRecord(record) ?? '');
    if (event === undefined) return [];
    const isUnmarked = marked.has(event.seq) && isReplayed(record) && typeOf(record) !== discardedType;
    return [
      ...contentFaults(event, record, discarded),
      ...(isUnmarked ? ['it was discarded and is replayed with its data'] : []),
    ].map((what) => `${placeOf(record)}: ${nameOf(event)}: ${what}`);
  });
}

type Content = Pick<CommittedEvent, 'seq' | 'payload' | 'headers'>;

/** What of a record that bears the event's name is neither as it was committed nor as in its marker, if one was wanted. */
export function contentFaults(event: Content, record: KafkaRecord, discarded: ReadonlySet<bigint>): string[] {
  return discarded.has(event.seq) && typeOf(record) === discardedType
    ? markerFaults(event, record)
    : differences(event, record);
}

const discardedType = 'waybill.event.discarded.v1';

function typeOf(record: KafkaRecord): string | undefined {
  return record.headers.find(([name]) => name === 'ce_type')?.[1].toString('utf8');
}

function isReplayed(record: KafkaRecord): boolean {
  return record.headers.some(([name]) => name === 'ce_replayed');
}

/** A marker has the event's id and version and none of its data. */
function markerFaults(event: Content, record: KafkaRecord): string[] {
  const id = record.headers.find(([name]) => name === 'ce_id')?.[1].toString('utf8');
  return [
    ...(id === event.headers['ce_id'] ? [] : [`the marker's id is ${id}`]),
    ...(record.value === null || record.value.length <= 2 ? [] : ['the marker has data']),
  ];
}

function differences(event: Content, record: KafkaRecord): string[] {
  const found: string[] = [];
  if (!record.value?.equals(Buffer.from(event.payload, 'utf8'))) found.push('value differs');
  const names = record.headers.map(([name]) => name);
  const repeated = names.filter((name, at) => names.indexOf(name) !== at);
  found.push(...repeated.map((name) => `header ${name} repeats`));
  for (const [name, value] of record.headers) {
    const stored = event.headers[name];
    if (stored === undefined && !stampedHeaders.has(name)) found.push(`header ${name} was not stored`);
    if (stored !== undefined && !value.equals(Buffer.from(stored, 'utf8')))
      found.push(`header ${name} differs`);
  }
  const missing = Object.keys(event.headers).filter((name) => !names.includes(name));
  return [...found, ...missing.map((name) => `header ${name} is missing`)];
}

/** How often events stand in Kafka beyond their first time. */
export interface Duplicates {
  readonly total: number;
  /** By key, only keys with any. */
  readonly perKey: ReadonlyMap<string, number>;
  /** By `topic[partition]`, that is by lane, only those with any. A fault may repeat one batch in flight per lane. */
  readonly perPartition: ReadonlyMap<string, number>;
}

/** Counts repetitions. Records without a name are the business of `inventedEvents`. */
export function countDuplicates(records: readonly KafkaRecord[]): Duplicates {
  const seen = new Set<string>();
  const perKey = new Map<string, number>();
  const perPartition = new Map<string, number>();
  let total = 0;
  for (const record of records) {
    const name = nameOfRecord(record);
    if (name === undefined) continue;
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    total++;
    const key = record.key?.toString('utf8') ?? '';
    const partition = `${record.topic}[${record.partition}]`;
    perKey.set(key, (perKey.get(key) ?? 0) + 1);
    perPartition.set(partition, (perPartition.get(partition) ?? 0) + 1);
  }
  return { total, perKey, perPartition };
}
