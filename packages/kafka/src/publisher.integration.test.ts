import type { OutgoingMessage } from '@waybill/outbox/publisher';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import '../../../test/servers/provided.ts';
import { createTopic, readMessages, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { silentLog } from './silent-log.fixture.ts';
import { startSlowProxy } from './slow-proxy.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const publisher = createKafkaPublisher({
  settings: { brokers, clientId: 'publisher-test', requestTimeoutMs: 5_000 },
  logger: silentLog,
});
afterAll(() => publisher.close());

function messages(prefix: string, count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `${prefix}-${i}`,
    value: `{"text":"größer ☃ ${prefix} ${i}"}`,
    headers: { ce_id: `${prefix}-${i}:1`, 'content-type': 'application/json', empty: '' },
  }));
}

describe('publishing to a broker that answers', () => {
  test('puts the batch byte for byte, in order, into the named partition, and says where', async () => {
    const topic = await createTopic(brokers, { partitions: 3 });

    const first = await publisher.publish({ topic, partition: 2, messages: messages('a', 3) });
    const second = await publisher.publish({ topic, partition: 2, messages: messages('b', 2) });

    expect([first.baseOffset, second.baseOffset]).toEqual([0n, 3n]);
    const read = await readMessages(brokers, topic, 5);
    expect(read).toEqual(
      [...messages('a', 3), ...messages('b', 2)].map((message, i) => ({
        ...message,
        topic,
        partition: 2,
        offset: BigInt(i),
      })),
    );
  });

  test('keeps the answers of many partitions apart when they are under way together', async () => {
    const topic = await createTopic(brokers, { partitions: 8 });
    const rounds = 5;
    const sizeOf = (partition: number): number => 1 + partition * 7;

    for (let round = 0; round < rounds; round += 1) {
      const receipts = await Promise.all(
        Array.from({ length: 8 }, (_, partition) =>
          publisher.publish({
            topic,
            partition,
            messages: messages(`${partition}-${round}`, sizeOf(partition)),
          }),
        ),
      );
      expect(receipts.map(({ baseOffset }) => baseOffset)).toEqual(
        Array.from({ length: 8 }, (_, partition) => BigInt(round * sizeOf(partition))),
      );
    }

    const total = rounds * Array.from({ length: 8 }, (_, p) => sizeOf(p)).reduce((a, b) => a + b);
    const read = await readMessages(brokers, topic, total);
    for (const { partition, offset, key } of read) {
      const round = Math.floor(Number(offset) / sizeOf(partition));
      expect(key).toBe(`${partition}-${round}-${Number(offset) % sizeOf(partition)}`);
    }
  });

  test('lets a good partition be written while a neighbour is refused in the same moment', async () => {
    const topic = await createTopic(brokers, { partitions: 2, configs: { 'max.message.bytes': '2000' } });
    const huge = [{ key: 'k', value: 'x'.repeat(3_000), headers: {} }];

    const [good, bad] = await Promise.allSettled([
      publisher.publish({ topic, partition: 0, messages: messages('good', 2) }),
      publisher.publish({ topic, partition: 1, messages: huge }),
    ]);

    expect(good).toMatchObject({ status: 'fulfilled', value: { baseOffset: 0n } });
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { reach: 'answered', code: 'MESSAGE_TOO_LARGE', kafkaCode: 10, retriable: false },
    });
    await expect(publisher.publish({ topic, partition: 1, messages: messages('after', 1) })).resolves.toEqual(
      {
        baseOffset: 0n,
      },
    );
  });

  test('names an unknown topic, creates none, and publishes once it exists', async () => {
    const topic = uniqueName();
    const batch = { topic, partition: 0, messages: messages('late', 1) };

    await expect(publisher.publish(batch)).rejects.toMatchObject({
      reach: 'answered',
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      retriable: true,
    });
    await expect(publisher.probe(topic)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });

    await createTopic(brokers, { partitions: 1, name: topic });
    await publisher.probe(topic);
    await expect(publisher.publish(batch)).resolves.toEqual({ baseOffset: 0n });
  });

  test('refuses a partition that the topic lacks instead of dropping the batch', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });

    await expect(
      publisher.publish({ topic, partition: 2, messages: messages('x', 1) }),
    ).rejects.toMatchObject({
      reach: 'answered',
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    await expect(
      publisher.publish({ topic, partition: 1, messages: messages('y', 1) }),
    ).resolves.toBeDefined();
  });

  test('does not send behind the back of a caller whose time is up', async () => {
    const topic = await createTopic(brokers, { partitions: 1 });
    // Connecting and asking for the leader take 700 ms each, so the time is up before the batch could go out.
    await using proxy = await startSlowProxy(brokers[0] ?? '', 700);
    const slow = createKafkaPublisher({
      settings: { brokers: [proxy.url], clientId: 'publisher-test', requestTimeoutMs: 1_000 },
      logger: silentLog,
    });

    await expect(slow.publish({ topic, partition: 0, messages: messages('late', 1) })).rejects.toMatchObject({
      reach: 'unreachable',
      code: 'REQUEST_TIMEOUT',
    });
    expect(proxy.clients()).toBe(1);
    await expect.poll(() => proxy.clients(), { timeout: 5_000 }).toBe(0); // kafkajs is through with it
    await publisher.publish({ topic, partition: 0, messages: messages('next', 1) });

    const [first] = await readMessages(brokers, topic, 1);
    expect(first?.key).toBe('next-0');
    await slow.close();
  });

  test('writes nothing to the console', async () => {
    const topic = uniqueName();
    const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    );
    try {
      await publisher.publish({ topic, partition: 0, messages: messages('z', 1) }).catch(() => {});
      expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});
