import { describePublisher } from '@waybill/outbox/publisher.contract';
import { describe, expect, inject, test, vi } from 'vitest';
import '../../../test/servers/provided.ts';
import { clients, openPublisher } from './clients.fixture.ts';
import { createTopic, deleteTopic, readMessages, uniqueName } from './other-client.fixture.ts';
import { startSlowProxy } from './slow-proxy.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const message = (key: string) => ({ key, value: key, headers: {} });

for (const client of clients) {
  describePublisher(client, async () => ({
    openPublisher: () => openPublisher(client, { brokers }),
    createTopic: async ({ name, partitions, maxMessageBytes }) => {
      const configs = maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) };
      await createTopic(brokers, { name, partitions, configs });
    },
    read: (topic, count) => readMessages(brokers, topic, count),
    unusedName: () => uniqueName(),
    [Symbol.asyncDispose]: async () => {},
  }));
}

describe.each(clients)('%s to a broker that answers', (client) => {
  test('goes on with a topic that was deleted and made again', async () => {
    await using publisher = openPublisher(client, { brokers });
    const topic = await createTopic(brokers, { partitions: 2 });
    const batch = { topic, partition: 1, messages: [message('before')] };
    await publisher.publish(batch);
    await publisher.publish(batch);

    await deleteTopic(brokers, topic);
    await expect(publisher.publish(batch)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await createTopic(brokers, { name: topic, partitions: 2 });

    await expect
      .poll(() => publisher.publish(batch).then(({ baseOffset }) => baseOffset, String), { timeout: 10_000 })
      .toBe(0n);
  });

  test('does not send behind the back of a caller whose time is up', async () => {
    const topic = await createTopic(brokers, { partitions: 1 });
    // Every answer comes after 700 ms. kafkajs asks twice before it sends, the other one once: the time is up in between.
    await using proxy = await startSlowProxy(brokers[0] ?? '', 700);
    const requestTimeoutMs = { kafkajs: 1_000, platformatic: 600 }[client];
    await using slow = openPublisher(client, { brokers: [proxy.url], requestTimeoutMs });

    await expect(slow.publish({ topic, partition: 0, messages: [message('late')] })).rejects.toMatchObject({
      reach: 'unreachable',
      code: 'REQUEST_TIMEOUT',
    });
    await expect.poll(() => proxy.clients(), { timeout: 5_000 }).toBe(0); // the client is through with it
    await using quick = openPublisher(client, { brokers });
    await quick.publish({ topic, partition: 0, messages: [message('next')] });

    const [first] = await readMessages(brokers, topic, 1);
    expect(first?.key).toBe('next');
  });

  test('writes nothing to the console', async () => {
    await using publisher = openPublisher(client, { brokers });
    const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    );
    try {
      await publisher
        .publish({ topic: uniqueName(), partition: 0, messages: [message('z')] })
        .catch(() => {});
      expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});
