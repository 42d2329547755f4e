// One honest history, then one lie at a time: every verdict is seen to find the lie that is its own.
// Long because all lies are told about the same history, which one reads once.

import { describe, expect, test } from 'vitest';
import { malformedCloudEvents } from './cloud-event.ts';
import { alteredEvents, countDuplicates, inventedEvents, lostEvents } from './delivery.ts';
import type { CommittedEvent, Delivery, Facts, KafkaRecord, Lane, ParkedEvent, Receipt } from './facts.ts';
import { judge, orderVerdicts, verdicts } from './judge.ts';
import { partitionOf } from './murmur2.ts';
import { disorderedKeys, misplacedEvents, misplacedRecords, versionGaps } from './order.ts';
import { orderDifferences } from './orders.ts';
import { overtakenParkedEvents, wronglyParkedEvents } from './parked.ts';
import { unconfirmedEvents, wrongReceipts } from './receipts.ts';
import { keysToAsk } from './read-deliveries.ts';
import { unwantedReplays } from './replays.ts';
import { centsOf, salesDifferences } from './sales.ts';
import { wrongDeliveries } from './told-deliveries.ts';

const key = '0198c0de-0000-7000-8000-000000000001';
const other = '0198c0de-0000-7000-8000-000000000102';
const lanes: Lane[] = ['placed', 'cancelled'].flatMap((topic, group) =>
  Array.from({ length: 8 }, (_, partition) => ({ lane: group * 8 + partition + 1, topic, partition })),
);

function event(seq: number, topic: string, of: string, version: number): CommittedEvent {
  const partition = partitionOf(Buffer.from(of), 8);
  const lane = lanes.find((one) => one.topic === topic && one.partition === partition)?.lane ?? 0;
  const headers = {
    ce_specversion: '1.0',
    ce_id: `${of}:${version}`,
    ce_type: 'waybill.order.placed.v1',
    ce_source: '/waybill/orders',
    ce_subject: of,
    ce_time: '2026-11-23T03:00:00.123Z',
    ce_orderversion: String(version),
    ce_dataschema: 'http://localhost:3000/schemas/waybill.order.placed.v1',
    'content-type': 'application/json',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const payload = JSON.stringify({
    order_id: of,
    user_id: 'u',
    version,
    total: '12.30',
    currency: 'EUR',
    note: 'ü',
  });
  return { lane, seq: BigInt(seq), topic, key: of, version, type: headers.ce_type, payload, headers };
}

function record(from: CommittedEvent, offset: number, change: Partial<KafkaRecord> = {}): KafkaRecord {
  const stored = Object.entries({ ...from.headers, ce_epoch: '1' });
  return {
    topic: from.topic,
    partition: partitionOf(Buffer.from(from.key), 8),
    offset: BigInt(offset),
    key: Buffer.from(from.key),
    value: Buffer.from(from.payload),
    headers: stored.map(([name, value]) => [name, Buffer.from(value)] as const),
    ...change,
  };
}

/** What is told of an event of which nothing is told but its state. */
function told(of: CommittedEvent, state: Delivery['state'], reason: string | null = null): Delivery {
  const { topic, version, seq } = of;
  return {
    topic,
    key: of.key,
    version,
    seq,
    state,
    reason,
    partition: null,
    offset: null,
    publishedAt: null,
  };
}

function toldAt(of: CommittedEvent, offset: bigint, state: Delivery['state'] = 'published'): Delivery {
  const partition = partitionOf(Buffer.from(of.key), 8);
  return { ...told(of, state), partition, offset, publishedAt: new Date() };
}

const placed = event(1, 'placed', key, 1);
const changed = event(2, 'placed', key, 2);
const cancelled = event(3, 'cancelled', key, 3);
const elsewhere = event(4, 'placed', other, 1);
const first = record(placed, 0);
const second = record(changed, 1);
const third = record(cancelled, 0);
const fourth = record(elsewhere, 0);
const fresh = { kind: 'fresh', logGeneration: 0 } as const;
const receipts: Receipt[] = [
  { ...fresh, lane: placed.lane, id: 10n, baseOffset: 0n, seqs: [1n, 2n] },
  { ...fresh, lane: cancelled.lane, id: 11n, baseOffset: 0n, seqs: [3n] },
  { ...fresh, lane: elsewhere.lane, id: 12n, baseOffset: 0n, seqs: [4n] },
];
const honest: Facts = {
  events: [placed, changed, cancelled, elsewhere],
  lanes,
  receipts,
  parked: [],
  deliveries: [toldAt(placed, 0n), toldAt(changed, 1n), toldAt(cancelled, 0n), toldAt(elsewhere, 0n)],
  askedKeys: new Set([key, other]),
  discarded: new Set(),
  marked: new Set(),
  replays: [],
  losses: [],
  records: [first, second, third, fourth],
};

const withRecords = (...records: KafkaRecord[]): Facts => ({ ...honest, records });
const withHeader = (from: KafkaRecord, name: string, value: string): KafkaRecord => ({
  ...from,
  headers: [...from.headers.filter(([found]) => found !== name), [name, Buffer.from(value)]],
});

test('an honest history has nothing against it', () => {
  expect(judge(honest)).toEqual([]);
  expect(judge(honest, orderVerdicts)).toEqual([]);
  expect(countDuplicates(honest.records)).toEqual({ total: 0, perKey: new Map(), perPartition: new Map() });
});

test('a whole batch that stands there twice is honest too, and counted', () => {
  const repeated = withRecords(...honest.records, record(placed, 2), record(changed, 3));
  expect(judge(repeated, orderVerdicts)).toEqual([]);
  expect(countDuplicates(repeated.records)).toEqual({
    total: 2,
    perKey: new Map([[key, 2]]),
    perPartition: new Map([[`placed[${first.partition}]`, 2]]),
  });
});

test('the judge names every broken verdict with its count and its first cases', () => {
  const [line, ...rest] = judge(withRecords(), { lostEvents });
  expect(line).toMatch(/^lostEvents: 4: placed .* v1 \(seq 1\); /);
  expect(rest).toEqual([]);
  expect(Object.keys(verdicts)).toHaveLength(13);
});

describe('lostEvents', () => {
  test('finds an event that is not in Kafka', () => {
    expect(lostEvents(withRecords(first, third, fourth))).toEqual([`placed ${key} v2 (seq 2)`]);
  });
  test('does not take the same version in another topic for it', () => {
    expect(lostEvents(withRecords(first, second, fourth, { ...third, topic: 'placed' }))).toHaveLength(1);
  });
});

describe('inventedEvents', () => {
  test('finds a record whose transaction was rolled back', () => {
    expect(inventedEvents({ ...honest, events: [placed, cancelled, elsewhere] })).toEqual([
      `placed[${second.partition}]@1: placed ${key} v2`,
    ]);
  });
  test.each([
    ['without a key', { ...first, key: null }],
    ['without a version', { ...first, headers: [] }],
    ['with a version that is no number', withHeader(first, 'ce_orderversion', '1.0')],
    [
      'with two versions',
      { ...first, headers: [...first.headers, ['ce_orderversion', Buffer.from('1')] as const] },
    ],
  ])('finds a record %s', (_what, stranger) => {
    expect(inventedEvents(withRecords(stranger))).toHaveLength(1);
  });
});

describe('alteredEvents', () => {
  const repetition = record(placed, 2);
  test.each([
    [
      'a value with one byte more',
      { ...repetition, value: Buffer.from(`${placed.payload} `) },
      'value differs',
    ],
    ['no value', { ...repetition, value: null }, 'value differs'],
    [
      'another stored header',
      withHeader(repetition, 'ce_time', '2026-11-23T03:00:01Z'),
      'header ce_time differs',
    ],
    ['a header more', withHeader(repetition, 'x-new', '1'), 'header x-new was not stored'],
    [
      'a header less',
      { ...repetition, headers: repetition.headers.slice(1) },
      'header ce_specversion is missing',
    ],
    [
      'a header twice',
      { ...repetition, headers: [...repetition.headers, ...repetition.headers.slice(0, 1)] },
      'header ce_specversion repeats',
    ],
  ])('finds a repetition with %s', (_what, altered, why) => {
    expect(alteredEvents(withRecords(...honest.records, altered))).toEqual([
      `placed[${first.partition}]@2: placed ${key} v1: ${why}`,
    ]);
  });
  test('allows another epoch, which is stamped at send', () => {
    expect(alteredEvents(withRecords(withHeader(repetition, 'ce_epoch', '2')))).toEqual([]);
  });
});

describe('disorderedKeys', () => {
  test('finds a later version that comes first', () => {
    const swapped = withRecords({ ...first, offset: 1n }, { ...second, offset: 0n }, third, fourth);
    expect(disorderedKeys(swapped)).toEqual([`placed ${key}: first occurrences 2, 1`]);
  });
  test('goes by offsets, not by the order in which records were read', () => {
    expect(disorderedKeys(withRecords(second, first))).toEqual([]);
  });
  test('looks at first occurrences only', () => {
    expect(disorderedKeys(withRecords(first, second, record(placed, 2)))).toEqual([]);
  });
});

describe('versionGaps', () => {
  test('finds a version that no topic has', () => {
    expect(versionGaps(withRecords(first, third))).toEqual([`${key}: version 2 of 3 is missing`]);
  });
  test('finds a history that begins at 2', () => {
    expect(versionGaps(withRecords(second))).toEqual([`${key}: version 1 of 2 is missing`]);
  });
});

describe('misplaced', () => {
  const wrong = (first.partition + 1) % 8;
  test('records: a partition that is not the key’s', () => {
    expect(misplacedRecords(withRecords({ ...first, partition: wrong }))).toEqual([
      `placed[${wrong}]@0 belongs in partition ${first.partition} of 8`,
    ]);
  });
  test('records: a topic without lanes', () => {
    expect(misplacedRecords(withRecords({ ...first, topic: 'unknown' }))).toHaveLength(1);
  });
  test.each([1, 2, 9, 99].filter((lane) => lane !== placed.lane))(
    'events: lane %i is not the key’s',
    (lane) => {
      expect(misplacedEvents({ ...honest, events: [{ ...placed, lane }] })).toHaveLength(1);
    },
  );
});

describe('wrongReceipts', () => {
  const lie = (change: Partial<Receipt>): Facts => ({
    ...honest,
    receipts: receipts.map((receipt) => (receipt.id === 10n ? { ...receipt, ...change } : receipt)),
  });
  test.each([
    ['an offset too far', { baseOffset: 1n }, /v2 stands there, .* v1 should/],
    ['seqs in the wrong order', { seqs: [2n, 1n] }, /v1 stands there, .* v2 should/],
    ['a seq that was never committed', { seqs: [1n, 99n] }, /seq 99 was never committed/],
    ['a seq of another lane', { seqs: [1n, 4n] }, /seq 4 is of lane/],
    ['a seq twice', { seqs: [1n, 1n] }, /seq 1 has an earlier receipt/],
    ['a lane that does not exist', { lane: 99 }, /no such lane/],
    ['an unknown offset', { baseOffset: -1n }, /offset -1 is below/],
  ])('finds %s', (_what, change, why) => {
    expect(wrongReceipts(lie(change)).join('\n')).toMatch(why);
  });
  test('finds an offset where nothing stands', () => {
    expect(wrongReceipts(withRecords(first, third, fourth))).toEqual([
      `receipt 10 of lane ${placed.lane}: placed[${first.partition}]@1: nothing stands there, placed ${key} v2 should`,
    ]);
  });
  test('finds two receipts of one lane that overlap', () => {
    const again: Receipt = { ...fresh, lane: placed.lane, id: 13n, baseOffset: 1n, seqs: [2n] };
    expect(wrongReceipts({ ...honest, receipts: [...receipts, again] })).toHaveLength(2);
  });
});

test.each([
  [2, 2, 'k1'],
  [1_000, 1_000, 'k999'],
  [2_500, 834, 'k2499'],
])('of %i keys %i are asked for, up to the last ones', (count, asked, last) => {
  const keys = Array.from({ length: count }, (_, at) => `k${at}`);
  const found = keysToAsk([...keys, ...keys]);
  expect(found).toHaveLength(asked);
  expect(found.at(-1)).toBe(last);
});

describe('wrongDeliveries', () => {
  const about = `placed ${key} v2 (seq 2)`;
  const tell = (change: Partial<Delivery>): Facts => ({
    ...honest,
    deliveries: honest.deliveries.map((row) => (row.seq === 2n ? { ...row, ...change } : row)),
  });
  const place = (offset: number) => `placed[${second.partition}]@${offset}`;
  test.each([
    [
      'at another event’s offset',
      { offset: 0n },
      `is told to stand at ${place(0)}, where placed ${key} v1 stands`,
    ],
    ['at an offset too far', { offset: 2n }, `is told to stand at ${place(2)}, where nothing stands`],
    ['by another event’s name', { version: 3 }, `is told of as placed ${key} v3`],
    ['without a time', { publishedAt: null }, 'is told to be published, and not where or since when'],
    ['without a place', { partition: null }, 'is told to be published, and not where or since when'],
    ['to be pending', { state: 'pending' }, 'is told to be pending'],
    ['to be parked', { state: 'parked' }, 'is told to be parked, and is not'],
    ['to be lost', { state: 'lost' }, 'is told to be lost, and a receipt of it holds'],
  ] as const)('finds one that is told %s', (_what, change, why) => {
    expect(wrongDeliveries(tell(change))).toEqual([`${about} ${why}`]);
  });
  test('finds another partition', () => {
    expect(wrongDeliveries(tell({ partition: (second.partition + 1) % 8 }))).toHaveLength(1);
  });
  test('finds a place where the event stands with other bytes', () => {
    const altered = withRecords(first, { ...second, value: Buffer.from('{}') }, third, fourth);
    expect(wrongDeliveries(altered)).toEqual([
      `${about} is told to stand at ${place(1)}, where value differs`,
    ]);
  });
  test.each([
    ['of which nothing is told', [], 0],
    ['that is told of twice', [toldAt(changed, 1n), toldAt(changed, 1n)], 2],
  ])('finds one %s', (_what, rows, times) => {
    const others = honest.deliveries.filter(({ seq }) => seq !== 2n);
    expect(wrongDeliveries({ ...honest, deliveries: [...others, ...rows] })).toEqual([
      `${about} is told of ${times} times`,
    ]);
  });
  test('misses none of a key that was not asked for', () => {
    const deliveries = honest.deliveries.filter((row) => row.key === other);
    expect(wrongDeliveries({ ...honest, deliveries, askedKeys: new Set([other]) })).toEqual([]);
  });
  test('finds one that was never committed', () => {
    const invented = { ...toldAt(changed, 1n), seq: 99n };
    expect(wrongDeliveries({ ...honest, deliveries: [...honest.deliveries, invented] })).toEqual([
      `placed ${key} v2 (seq 99) was never committed`,
    ]);
  });
});

test('unconfirmedEvents finds an event without a receipt', () => {
  expect(unconfirmedEvents({ ...honest, receipts: receipts.slice(1) })).toEqual([
    `placed ${key} v1 (seq 1)`,
    `placed ${key} v2 (seq 2)`,
  ]);
});

describe('a parked event', () => {
  // Version 2 was refused, and version 3 of the same topic waits behind it.
  const behind = event(5, 'placed', key, 3);
  const refused: ParkedEvent = { ...changed, reason: 'MESSAGE_TOO_LARGE' };
  const waiting: ParkedEvent = { ...behind, reason: 'PREDECESSOR_PARKED' };
  const facts: Facts = {
    ...honest,
    events: [placed, changed, elsewhere, behind],
    receipts: [
      { ...fresh, lane: placed.lane, id: 10n, baseOffset: 0n, seqs: [1n] },
      { ...fresh, lane: elsewhere.lane, id: 12n, baseOffset: 0n, seqs: [4n] },
    ],
    parked: [refused, waiting],
    deliveries: [
      toldAt(placed, 0n),
      told(changed, 'parked', refused.reason),
      told(behind, 'parked', waiting.reason),
      toldAt(elsewhere, 0n),
    ],
    records: [first, fourth],
  };
  test('is neither lost nor unconfirmed, and no gap', () => {
    expect(judge(facts)).toEqual([]);
  });
  test.each([
    ['was never committed', { ...refused, seq: 99n }, /never committed/],
    ['has other bytes', { ...refused, payload: '{}' }, /not the event that was committed/],
    ['has other headers', { ...refused, headers: {} }, /not the event that was committed/],
    ['is in another lane', { ...refused, lane: 99 }, /not the event that was committed/],
    ['is published', { ...placed, reason: 'MESSAGE_TOO_LARGE' }, /has a receipt/],
  ])('wronglyParkedEvents finds one that %s', (_what, row, why) => {
    expect(wronglyParkedEvents({ ...facts, parked: [row] }).join()).toMatch(why);
  });
  test.each([
    ['for another reason', told(changed, 'parked', 'INVALID_RECORD'), /for INVALID_RECORD, and is for MESS/],
    ['to be published', toldAt(changed, 1n), /is told to be published, and is parked/],
    ['to be pending', told(changed, 'pending'), /is told to be pending, and is parked/],
  ])('wrongDeliveries finds one that is told %s', (_what, row, why) => {
    const deliveries = facts.deliveries.map((one) => (one.seq === row.seq ? row : one));
    expect(wrongDeliveries({ ...facts, deliveries }).join()).toMatch(why);
  });
  test('is told of though its day of the outbox has been dropped', () => {
    const dropped = { ...facts, events: [placed, elsewhere, behind] };
    expect(wrongDeliveries(dropped)).toEqual([]);
    const deliveries = facts.deliveries.filter(({ seq }) => seq !== 2n);
    expect(wrongDeliveries({ ...dropped, deliveries })).toHaveLength(1);
  });
  test('overtakenParkedEvents finds a successor that was sent', () => {
    const overtaken = { ...facts, records: [first, record(behind, 1), fourth] };
    expect(overtakenParkedEvents(overtaken)).toEqual([
      `placed[${first.partition}]@1: version 3 passed the parked version 2`,
    ]);
  });
  test('overtakenParkedEvents lets other topics of the order go on', () => {
    expect(overtakenParkedEvents({ ...facts, records: [first, third, fourth] })).toEqual([]);
  });
});

describe('a discarded event', () => {
  const marker = { ...withHeader(second, 'ce_type', 'waybill.event.discarded.v1'), value: null };
  const facts: Facts = { ...withRecords(first, marker, third, fourth), discarded: new Set([2n]) };
  test('is replaced by its marker', () => {
    expect(judge(facts)).toEqual([]);
  });

  test('is replayed as its marker', () => {
    const replayed = withHeader(marker, 'ce_replayed', 'true');
    const again: Facts = {
      ...facts,
      marked: new Set([2n]),
      replays: [{ lane: 1, from: 1n, to: 9n }],
      records: [first, marker, third, fourth, replayed],
    };
    expect(alteredEvents(again)).toEqual([]);
    const whole = { ...again, records: [first, marker, third, withHeader(second, 'ce_replayed', 'true')] };
    expect(alteredEvents(whole).join()).toMatch(/it was discarded and is replayed with its data/);
    expect(alteredEvents({ ...whole, marked: new Set() })).toEqual([]);
  });
  test.each([
    ['a marker that nobody wanted', { ...facts, discarded: new Set<bigint>() }, /value differs/],
    [
      'a marker with data',
      { ...facts, records: [first, { ...marker, value: second.value }, third, fourth] },
      /has data/,
    ],
    [
      'a marker with another id',
      { ...facts, records: [first, withHeader(marker, 'ce_id', 'x:2'), third, fourth] },
      /id is x:2/,
    ],
  ])('alteredEvents finds %s', (_what, lie, why) => {
    expect(alteredEvents(lie).join()).toMatch(why);
    expect(wrongDeliveries(lie).join()).toMatch(why);
  });
});

describe('a log that Kafka lost', () => {
  // Its new log begins with version 2, which told of the loss; version 1 came again, as a replay.
  const replayed = withHeader(record(placed, 1), 'ce_replayed', 'true');
  const revealing = record(changed, 0);
  const facts: Facts = {
    ...withRecords(revealing, replayed, third, fourth),
    receipts: [
      { ...fresh, lane: placed.lane, id: 10n, baseOffset: 0n, seqs: [1n] },
      { ...fresh, lane: cancelled.lane, id: 11n, baseOffset: 0n, seqs: [3n] },
      { ...fresh, lane: elsewhere.lane, id: 12n, baseOffset: 0n, seqs: [4n] },
      { kind: 'fresh', logGeneration: 1, lane: placed.lane, id: 13n, baseOffset: 0n, seqs: [2n] },
      { kind: 'replay', logGeneration: 1, lane: placed.lane, id: 14n, baseOffset: 1n, seqs: [1n] },
    ],
    replays: [{ lane: placed.lane, from: 1n, to: 1n }],
    losses: [{ lane: placed.lane, logGeneration: 1, baseOffset: 0n }],
    deliveries: [toldAt(placed, 1n), toldAt(changed, 0n), toldAt(cancelled, 0n), toldAt(elsewhere, 0n)],
  };
  const beforeTheReplay: Facts = {
    ...facts,
    receipts: facts.receipts.filter(({ kind }) => kind !== 'replay'),
  };
  const tellOfTheFirst = (of: Facts, row: Delivery): Facts => ({
    ...of,
    deliveries: of.deliveries.map((one) => (one.seq === row.seq ? row : one)),
  });
  test('is honest when its events are there again, and say so', () => {
    expect(judge(facts)).toEqual([]);
  });
  test('unconfirmedEvents finds an event whose only receipt is of the lost log', () => {
    expect(unconfirmedEvents(beforeTheReplay)).toHaveLength(1);
  });
  test('wrongDeliveries lets an event be told to be lost whose only receipt is of the lost log', () => {
    expect(wrongDeliveries(tellOfTheFirst(beforeTheReplay, toldAt(placed, 0n, 'lost')))).toEqual([]);
  });
  test.each([
    ['to be lost when it is there again', facts, toldAt(placed, 0n, 'lost'), /a receipt of it holds/],
    [
      'to be lost from where it never stood',
      beforeTheReplay,
      toldAt(placed, 7n, 'lost'),
      /@7, of which no receipt speaks/,
    ],
    ['to stand where the lost log had it', facts, toldAt(placed, 0n), /@0, where .* v2 stands/],
  ])('wrongDeliveries finds one that is told %s', (_what, of, row, why) => {
    expect(wrongDeliveries(tellOfTheFirst(of, row)).join()).toMatch(why);
  });
  test('wrongReceipts finds a loss that was not recorded', () => {
    expect(wrongReceipts({ ...facts, losses: [] }).join()).toMatch(/v2 stands there, .* v1 should/);
  });
  test('wrongReceipts finds a replay that does not say so', () => {
    const unmarked = { ...facts, records: [revealing, record(placed, 1), third, fourth] };
    expect(wrongReceipts(unmarked).join()).toMatch(/does not say that it is a replay/);
    expect(disorderedKeys(unmarked)).toHaveLength(1);
  });
  test('unwantedReplays finds a replay that nobody asked for', () => {
    expect(unwantedReplays({ ...facts, replays: [] })).toHaveLength(1);
    expect(unwantedReplays({ ...facts, replays: [{ lane: placed.lane, from: 2n, to: 9n }] })).toHaveLength(1);
  });
});

describe('malformedCloudEvents', () => {
  test.each([
    ['ce_specversion', '0.3'],
    ['ce_id', `${key}:2`],
    ['ce_type', 'order placed'],
    ['ce_source', 'waybill'],
    ['ce_subject', other],
    ['ce_time', 'yesterday'],
    ['ce_dataschema', '/schemas/x'],
    ['content-type', 'text/plain'],
    ['traceparent', '00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['ce_epoch', '0'],
  ])('finds %s: %s', (name, value) => {
    expect(malformedCloudEvents(withRecords(withHeader(first, name, value)))).toHaveLength(1);
  });
  test('finds a missing epoch', () => {
    const headers = first.headers.filter(([name]) => name !== 'ce_epoch');
    expect(malformedCloudEvents(withRecords({ ...first, headers }))).toEqual([
      `placed[${first.partition}]@0: ce_epoch is ""`,
    ]);
  });
});

describe('orderDifferences', () => {
  const order = { id: key, userId: 'u', version: 3, total: '12.30', currency: 'EUR' };
  const events = [placed, changed, cancelled];
  test('finds nothing where both tell the same', () => {
    expect(orderDifferences([order], events)).toEqual([]);
  });
  test.each([
    ['an order without its last event', [order], [placed, changed], /is at version 3 with events 1, 2/],
    ['an order without any event', [order], [], /with events none/],
    ['an event without an order', [], [placed], /has events and no order/],
    ['a total that is a cent off', [{ ...order, total: '12.31' }], events, /total in the payload is "12.30"/],
    ['another buyer', [{ ...order, userId: 'v' }], events, /user_id in the payload is "u"/],
    ['another currency', [{ ...order, currency: 'USD' }], events, /currency in the payload is "EUR"/],
  ])('finds %s', (_what, orders, found, why) => {
    expect(orderDifferences(orders, found).join('\n')).toMatch(why);
  });
});

describe('salesDifferences', () => {
  const total = { buyer: 'u', currency: 'EUR', total: '100.10', orders: 2 };
  test('finds nothing where both agree, however they write it', () => {
    expect(salesDifferences([total], [{ ...total, total: '100.1' }])).toEqual([]);
  });
  test.each([
    ['a cent', [{ ...total, total: '100.11' }]],
    ['an order', [{ ...total, orders: 3 }]],
    ['a currency', [{ ...total, currency: 'USD' }]],
    ['a missing row', []],
    ['a row too many', [total, { ...total, buyer: 'v' }]],
  ])('finds %s', (_what, projection) => {
    expect(salesDifferences([total], projection)).not.toEqual([]);
  });
  test('takes a row of nothing for none', () => {
    expect(
      salesDifferences([total], [total, { buyer: 'v', currency: 'EUR', total: '0.00', orders: 0 }]),
    ).toEqual([]);
    expect(
      salesDifferences([total], [total, { buyer: 'v', currency: 'EUR', total: '0.00', orders: 1 }]),
    ).toHaveLength(1);
  });
  test('refuses two rows of one buyer and currency', () => {
    expect(() => salesDifferences([total], [total, total])).toThrow(/two rows/);
  });
  test('reads amounts exactly', () => {
    expect(['0', '0.1', '-0.05', '90071992547409931.23'].map(centsOf)).toEqual([
      0n,
      10n,
      -5n,
      9007199254740993123n,
    ]);
    expect(() => centsOf('1.234')).toThrow(/not an amount/);
    expect(() => centsOf('1e3')).toThrow(/not an amount/);
  });
});
