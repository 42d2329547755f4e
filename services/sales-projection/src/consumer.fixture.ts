import { type Consumer, createConsumer, type IncomingMessage, type MessageSource } from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import { aborted } from '@waybill/retry';
import type pg from 'pg';
import { type Projection, projectionOptions } from './projection.ts';
import { settingsFor, silentLog } from './topics.fixture.ts';

/** The projection's consumer over real topics. */
export function projectionOf(brokers: readonly string[], projection: Projection): Consumer {
  const over = { settings: settingsFor(brokers), logger: silentLog };
  return createConsumer({
    ...projectionOptions(projection),
    source: kafkaMessageSource({ ...over, fromBeginning: true }),
    deadLetterTopics: kafkaDeadLetterTopics(over),
  });
}

/** Runs the projection's consumer until the end of the scope. */
export function running(consumer: Consumer): AsyncDisposable & { readonly consumer: Consumer } {
  const stop = new AbortController();
  const ended = consumer.run(stop.signal);
  return {
    consumer,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** The projection's consumer without Kafka: deliveries come from the test. */
export function handFed(pool: pg.Pool) {
  const fed = Promise.withResolvers<Parameters<MessageSource['consume']>[0]>();
  const published: string[] = [];
  const consumer = createConsumer({
    ...projectionOptions({ pool, group: 'g', generation: 1 }),
    source: {
      async consume(subscription) {
        fed.resolve(subscription);
        await aborted(subscription.signal);
      },
    },
    deadLetterTopics: { publish: async ({ topic }) => void published.push(topic) },
    retry: { attempts: 2, backoff: { baseMs: 1, capMs: 1 } },
    upkeepEveryMs: 20,
  });
  return {
    ...running(consumer),
    published,
    async deliver(topic: string, messages: readonly Omit<IncomingMessage, 'topic' | 'partition'>[]) {
      const { onBatch, signal } = await fed.promise;
      const placed = messages.map((message) => ({ ...message, topic, partition: 0 }));
      await onBatch({ topic, partition: 0, messages: placed, signal, applied: () => undefined });
    },
  };
}
