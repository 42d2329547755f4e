import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProxiedKafka, startProxiedKafka } from '../../../test/faults/proxied-kafka.ts';
import { clients, openPublisher } from './clients.fixture.ts';
import { createTopic, readMessages } from './other-client.fixture.ts';

const message = (value: string) => ({ key: 'k', value, headers: {} });

describe('a broker whose answers get lost after it has written', () => {
  let kafka: ProxiedKafka;
  beforeAll(async () => {
    kafka = await startProxiedKafka();
  });
  afterAll(() => kafka[Symbol.asyncDispose]());

  describe.each(clients)('%s', (client) => {
    test.each(['swallow', 'reset halfway'] as const)(
      'says so, sends nothing again by itself, and goes on (%s)',
      async (how) => {
        const topic = await createTopic(kafka.brokers, { partitions: 2 });
        await using publisher = openPublisher(client, { brokers: kafka.brokers, requestTimeoutMs: 1_500 });
        const publish = (partition: number, value: string) =>
          publisher.publish({ topic, partition, messages: [message(value)] });
        await publish(0, 'before');
        await kafka.proxy.setMode({ kind: 'lose produce answers', how });

        // One after the other: kafkajs has one connection for both, and the first reset ends it under the second.
        const outcomes = [
          ...(await Promise.allSettled([publish(0, 'unanswered')])),
          ...(await Promise.allSettled([publish(1, 'unanswered')])),
        ];
        await kafka.proxy.setMode({ kind: 'pass' });

        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({
            status: 'rejected',
            reason: { reach: 'unreachable', retriable: true },
          });
        }
        await expect(publish(0, 'after')).resolves.toEqual({ baseOffset: 2n });
        await expect(publish(1, 'after')).resolves.toEqual({ baseOffset: 1n });
        const read = await readMessages(kafka.brokers, topic, 5);
        expect(read.map(({ partition, value }) => `${partition}=${value}`).toSorted()).toEqual([
          '0=after',
          '0=before',
          '0=unanswered',
          '1=after',
          '1=unanswered',
        ]);
      },
    );

    test('leaves a black hole within its time, and comes back when it is one no longer', async () => {
      const topic = await createTopic(kafka.brokers, { partitions: 1 });
      await using publisher = openPublisher(client, { brokers: kafka.brokers, requestTimeoutMs: 1_000 });
      const publish = (value: string) =>
        publisher.publish({ topic, partition: 0, messages: [message(value)] });
      await publish('before');
      await kafka.proxy.setMode({ kind: 'black hole' });

      for (let attempt = 0; attempt < 3; attempt += 1) {
        await expect(publish('swallowed')).rejects.toMatchObject({ reach: 'unreachable' });
      }
      await expect(publisher.probe(topic)).rejects.toMatchObject({ reach: 'unreachable' });
      await kafka.proxy.setMode({ kind: 'pass' });

      await publisher.probe(topic);
      await expect(publish('after')).resolves.toEqual({ baseOffset: 1n });
    });
  });
});
