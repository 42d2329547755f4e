import { contentFaults } from './delivery.ts';
import {
  type Delivery,
  type Facts,
  type KafkaRecord,
  nameOf,
  nameOfRecord,
  type ParkedEvent,
  placeOf,
} from './facts.ts';
import { isLost } from './receipts.ts';

/** An event that the database still has, in the outbox or parked. */
type Kept = Omit<ParkedEvent, 'reason'>;

/** What an answer is held against. */
interface Truth {
  readonly facts: Facts;
  readonly byPlace: ReadonlyMap<string, KafkaRecord>;
  /** By seq, of what is parked. */
  readonly reasons: ReadonlyMap<bigint, string>;
}

/**
 * Events of which `outbox_delivery(key)` does not tell the truth (promise P9): one row each, parked for the reason for
 * which it is, published where Kafka holds this very event, or lost where every log is that its receipts speak of. Asked
 * when everything is published or parked: then none is pending. Of keys that were not asked for nothing can be said.
 */
export function wrongDeliveries(facts: Facts): string[] {
  const { events, parked, deliveries, askedKeys, records } = facts;
  const truth: Truth = {
    facts,
    byPlace: new Map(records.map((record) => [placeOf(record), record])),
    reasons: new Map(parked.map(({ seq, reason }) => [seq, reason])),
  };
  const asked = [...parked, ...events].filter(({ key }) => askedKeys.has(key));
  const kept = new Map<bigint, Kept>(asked.map((event) => [event.seq, event]));
  const told = Map.groupBy(deliveries, ({ seq }) => seq);
  const invented = deliveries
    .filter(({ seq }) => !kept.has(seq))
    .map((row) => `${nameOf(row)} (seq ${row.seq}) was never committed`);
  const wrong = [...kept.values()].flatMap((event) => {
    const fault = faultOf(event, told.get(event.seq) ?? [], truth);
    return fault === undefined ? [] : [`${nameOf(event)} (seq ${event.seq}) ${fault}`];
  });
  return [...invented, ...wrong];
}

function faultOf(event: Kept, rows: readonly Delivery[], truth: Truth): string | undefined {
  const [row] = rows;
  if (row === undefined || rows.length > 1) return `is told of ${rows.length} times`;
  if (nameOf(row) !== nameOf(event)) return `is told of as ${nameOf(row)}`;
  const reason = truth.reasons.get(event.seq);
  if (row.state === 'parked' || reason !== undefined) return parkedFault(row, reason);
  if (row.state === 'pending') return 'is told to be pending';
  const { topic, partition, offset } = row;
  if (partition === null || offset === null || row.publishedAt === null) {
    return `is told to be ${row.state}, and not where or since when`;
  }
  const place = placeOf({ topic, partition, offset });
  return row.state === 'lost' ? lostFault(event, place, truth) : publishedFault(event, place, truth);
}

function parkedFault(row: Delivery, reason: string | undefined): string | undefined {
  if (reason === undefined) return 'is told to be parked, and is not';
  if (row.state !== 'parked') return `is told to be ${row.state}, and is parked`;
  return row.reason === reason ? undefined : `is told to be parked for ${row.reason}, and is for ${reason}`;
}

function publishedFault(event: Kept, place: string, { byPlace, facts }: Truth): string | undefined {
  const standing = byPlace.get(place);
  if (standing === undefined) return `is told to stand at ${place}, where nothing stands`;
  const name = nameOfRecord(standing);
  if (name !== nameOf(event)) return `is told to stand at ${place}, where ${name} stands`;
  const [what] = contentFaults(event, standing, facts.discarded);
  return what === undefined ? undefined : `is told to stand at ${place}, where ${what}`;
}

function lostFault({ seq }: Kept, place: string, { facts }: Truth): string | undefined {
  const own = facts.receipts
    .filter(({ seqs }) => seqs.includes(seq))
    .map((receipt) => {
      const offset = receipt.baseOffset + BigInt(receipt.seqs.indexOf(seq));
      const lane = facts.lanes.find((one) => one.lane === receipt.lane);
      return { place: lane && placeOf({ ...lane, offset }), isLost: isLost(receipt, offset, facts.losses) };
    });
  if (own.some((receipt) => !receipt.isLost)) return 'is told to be lost, and a receipt of it holds';
  return own.some((receipt) => receipt.place === place)
    ? undefined
    : `is told to be lost from ${place}, of which no receipt speaks`;
}
