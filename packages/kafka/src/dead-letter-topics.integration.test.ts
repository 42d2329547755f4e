import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { afterAll, describe, expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { kafkaDeadLetterTopics } from './dead-letter-topics.ts';
import { describeTopics } from './describe-topics.ts';
import { createTopic, readMessages, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { silentLog } from './silent-log.fixture.ts';

const settings = {
  brokers: inject('servers').kafkaBrokers,
  clientId: 'dead-letters-test',
  requestTimeoutMs: 5_000,
};
const publisher = createKafkaPublisher({ settings, logger: silentLog });
const letters = kafkaDeadLetterTopics({ settings, logger: silentLog });
afterAll(async () => {
  await letters[Symbol.asyncDispose]();
  await publisher.close();
});

/** Above the broker's own limit of 1 MiB, which a topic gets that is made without saying otherwise. */
const sourceLimit = 2_500_000;

const sourceOf = (limit = sourceLimit) =>
  createTopic(settings.brokers, { partitions: 1, configs: { 'max.message.bytes': String(limit) } });

/** The longest text that a topic takes, to 256 bytes: it does not compress much, as little as an event of ids. */
async function largestThatFits(topic: string): Promise<string> {
  const text = randomBytes(sourceLimit).toString('base64');
  let [fits, tooLarge] = [sourceLimit - 4_096, sourceLimit];
  while (tooLarge - fits > 256) {
    const middle = Math.floor((fits + tooLarge) / 2);
    const messages = [{ key: 'k', value: text.slice(0, middle), headers: {} }];
    const refused = await publisher.publish({ topic, partition: 0, messages }).then(
      () => false,
      (error: unknown) => Reflect.get(Object(error), 'code') === 'MESSAGE_TOO_LARGE',
    );
    if (refused) tooLarge = middle;
    else fits = middle;
  }
  return text.slice(0, fits);
}

const copyOf = (topic: string, value: string) => ({
  topic: `${topic}.dlq`,
  sourceTopic: topic,
  key: 'k',
  value: Buffer.from(value),
  headers: { ce_id: 'k:1', dlq_detail: 'ö'.repeat(500), dlq_group: 'g'.repeat(249) },
});

describe('given a dead letter', () => {
  test('as large as its topic allows, its copy fits into the topic that is made for it', async () => {
    const topic = await sourceOf();
    const value = await largestThatFits(topic);
    expect(value.length).toBeGreaterThan(sourceLimit - 4_096);

    const copy = copyOf(topic, value);
    await letters.publish(copy);

    const [message] = await readMessages(settings.brokers, copy.topic, 1);
    expect(message?.value === value).toBe(true);
    expect(message).toMatchObject({ key: 'k', headers: copy.headers });
  });

  test('that its producer had compressed below the limit, its copy fits too', async () => {
    const topic = await sourceOf(20_000);
    const value = 'a'.repeat(2_000_000);
    expect(gzipSync(value).length).toBeLessThan(20_000);
    await publishCompressed(topic, value);
    await letters.publish(copyOf(topic, value));
    const [message] = await readMessages(settings.brokers, `${topic}.dlq`, 1);
    expect(message?.value === value).toBe(true);
  });

  test('of a topic that is not in Kafka, its copy is published all the same', async () => {
    const topic = uniqueName('gone');
    await letters.publish(copyOf(topic, 'small'));
    expect(await readMessages(settings.brokers, `${topic}.dlq`, 1)).toMatchObject([{ value: 'small' }]);
    expect((await describeTopics(settings, [topic], silentLog)).get(topic)).toEqual({ state: 'missing' });
  });
});

/** As another team's producer might. */
async function publishCompressed(topic: string, value: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...settings.brokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({
      topic,
      compression: kafkajs.CompressionTypes.GZIP,
      messages: [{ key: 'k', value }],
    });
  } finally {
    await producer.disconnect();
  }
}
