import { randomUUID } from 'node:crypto';
import { decodeEvent, type EncodedEvent, encodeOrderCancelled, encodeOrderPlaced } from '@waybill/contracts';
import { type InboxEvent, payloadOf } from '@waybill/inbox';
import { createKafkaPublisher, ensureTopics } from '@waybill/kafka';
import { describe, expect, inject, test } from 'vitest';
import { parsed, run } from '../../services/ops/src/command-line/run.fixture.ts';
import { readRecords } from '../checker/read-kafka.ts';
import { silentLog } from '../relay/silent-log.ts';
import { createSalesDatabase } from '../servers/databases.ts';
import '../servers/provided.ts';
import { kinds, type Planted, nothingPlanted, startMember } from './member.ts';
import { effectsByKey, effectsTotal, prepareEffects, untilEffects } from './traffic.ts';

/** Real topics of one partition each, so that whoever is held up by a poison event is seen to be. */

const settings = {
  brokers: inject('servers').kafkaBrokers,
  clientId: 'poison-test',
  requestTimeoutMs: 5_000,
};
const total = '12.50';

/** An order's placing, and two later events. */
function eventsOfAnOrder(): readonly [EncodedEvent, EncodedEvent, EncodedEvent] {
  const envelope = {
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    publicUrl: 'http://127.0.0.1:3000',
    time: new Date('2026-01-31T12:00:00.000Z'),
  };
  const at = envelope.time.toISOString();
  const facts = { order_id: randomUUID(), user_id: randomUUID(), total, currency: 'EUR' };
  const items = [{ product_id: randomUUID(), sku: 'TEA-1', quantity: 1, unit_price: total }];
  const later = (version: number) =>
    encodeOrderCancelled({ ...envelope, data: { ...facts, version, cancelled_at: at } });
  const placed = encodeOrderPlaced({ ...envelope, data: { ...facts, version: 1, items, placed_at: at } });
  return [placed, later(2), later(3)];
}

/** Broken JSON, a wrong schema, and a handler that throws: each at the first event of an order. */
const poisons = [
  { reason: 'event-not-json', spoilt: (text: string) => text.slice(0, -1) },
  {
    reason: 'event-does-not-fit',
    spoilt: (text: string) => text.replace(`"total":"${total}"`, '"total":12.5'),
  },
  { reason: 'RangeError', spoilt: (text: string) => text },
].map((poison) => {
  const [placed, ...later] = eventsOfAnOrder();
  return { ...poison, bad: { ...placed, payload: poison.spoilt(placed.payload) }, later };
});
const [, , unbearable] = poisons;

const read = (headers: InboxEvent['headers'], text: string): string => {
  const { data } = decodeEvent(headers, text);
  return data?.total ?? expect.unreachable();
};

/** As deployed at first. */
const broken: Planted = {
  ...nothingPlanted,
  read: (event) => read(event.headers, payloadOf(event)),
  onHandled: (events) => {
    if (events.some(({ key, version }) => key === unbearable?.bad.key && version === 1))
      throw new RangeError('not this one');
  },
};

/** As deployed then: it bears what the producer did. */
const mended: Planted = {
  ...nothingPlanted,
  read: (event) => {
    const text = payloadOf(event).replace('"total":12.5,', `"total":"${total}",`);
    return read(event.headers, text.endsWith('}') ? text : `${text}}`);
  },
};

const goodOrders = Array.from({ length: 10 }, eventsOfAnOrder);

/** @returns the two topics, full: poison before, between and after what is good */
async function fillTopics(): Promise<readonly [string, string]> {
  const id = randomUUID().slice(0, 8);
  const topics = [`placed_${id}`, `later_${id}`] as const;
  await ensureTopics(
    settings,
    topics.map((name) => ({ name, partitions: 1, config: {} })),
    silentLog,
  );
  const publisher = createKafkaPublisher({ settings, logger: silentLog });
  const publish = (topic: string, events: readonly EncodedEvent[]) =>
    publisher.publish({
      topic,
      partition: 0,
      messages: events.map(({ key, payload: value, headers }) => ({ key, value, headers })),
    });
  const placed = [
    ...poisons.map(({ bad }) => bad),
    ...goodOrders.slice(0, 5).map(([first]) => first),
    ...poisons.map(({ bad }) => bad), // once more, as after a lost answer
    ...goodOrders.slice(5).map(([first]) => first),
  ];
  const later = [...poisons.map((poison) => poison.later), ...goodOrders.map(([, ...rest]) => rest)].flat();
  try {
    await publish(topics[1], later);
    await publish(topics[0], placed);
  } finally {
    await publisher.close();
  }
  return topics;
}

/** What stands in a topic, as a library reads it that no consumer of Waybill uses. */
async function readAll(topic: string) {
  return (await readRecords(settings.brokers, [topic])).map(({ offset, key, value, headers }) => ({
    offset: String(offset),
    key: String(key),
    value: String(value),
    headers: Object.fromEntries(headers.map(([name, text]) => [name, String(text)])),
  }));
}

describe.each(kinds)('over %s', (kind) => {
  test('poison stops nobody else, is in the dead-letter topic with its reason, and a redrive after the fix applies it and its successors in order', async () => {
    await using database = await createSalesDatabase();
    const superuser = database.urlFor('superuser');
    await prepareEffects(superuser);
    const topics = await fillTopics();
    const [topic] = topics;
    const group = `of_${topic}`;
    const plan = {
      kind,
      databaseUrl: database.urlFor('waybill_sales'),
      brokers: settings.brokers,
      group,
      topics,
    };
    const inOrder = (orders: readonly (readonly EncodedEvent[])[]) =>
      Object.fromEntries(orders.map((order) => [order[0]?.key, [1, 2, 3]]));
    {
      await using member = await startMember(plan, broken);
      await untilEffects(superuser, goodOrders.length * 3);
      expect(await effectsByKey(superuser)).toEqual(inOrder(goodOrders));
      await expect
        .poll(() => member.consumer.status().stored?.deadLetters, { timeout: 20_000 })
        .toEqual({ waiting: poisons.length, uncopied: 0 });
    }
    const letters = await readAll(`${topic}.dlq`);
    const source = await readAll(topic);
    expect(letters).toHaveLength(poisons.length);
    for (const { reason, bad } of poisons) {
      const letter = letters.find(({ key }) => key === bad.key);
      expect(letter).toMatchObject({
        value: bad.payload,
        headers: {
          ...bad.headers,
          dlq_reason: reason,
          dlq_detail: expect.stringMatching(/./),
          dlq_group: group,
          dlq_topic: topic,
          dlq_partition: '0',
        },
      });
      const original = source.find(({ offset }) => offset === letter?.headers['dlq_offset']);
      expect(original).toMatchObject({ key: bad.key, value: bad.payload, headers: bad.headers });
    }

    await using member = await startMember(plan, mended);
    const environment = { WAYBILL_SALES_DATABASE_URL: database.urlFor('waybill_ops') };
    const mandate = ['--reason', 'the reader is mended', '--actor', 'ada', '--yes', '--json'];
    const redriven = await run(['dlq', 'redrive', '--group', group, ...mandate], { environment });
    expect(parsed(redriven)).toMatchObject([
      { wish: 'redrive', letters: poisons.map(() => ({ state: 'redriven', version: 1 })) },
    ]);
    const all = [...goodOrders, ...poisons.map(({ bad, later }) => [bad, ...later])];
    await untilEffects(superuser, all.length * 3);
    expect(await effectsByKey(superuser)).toEqual(inOrder(all));
    expect(await effectsTotal(superuser)).toBe('487.50');
    expect(member.consumer.status().sinceStart.deadLetters).toBe(0);
    const audited = await run(['dlq', 'show', '1', '--json'], { environment });
    expect(parsed(audited)).toMatchObject([
      { audit: [{ action: 'redrive wished', actor: 'ada' }, { action: 'redriven' }] },
    ]);
  });
});
