import { afterAll, describe, expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { ensureTopics, TopicMismatchError, type TopicSpec } from './ensure-topics.ts';
import { createTopic, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { silentLog } from './silent-log.fixture.ts';

const settings = {
  brokers: inject('servers').kafkaBrokers,
  clientId: 'topics-test',
  requestTimeoutMs: 5_000,
};
const publisher = createKafkaPublisher({ settings, logger: silentLog });
afterAll(() => publisher.close());

const config = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };
const ensure = (...topics: TopicSpec[]) => ensureTopics(settings, topics, silentLog);
const spec = (name: string): TopicSpec => ({ name, partitions: 8, config });

describe('ensureTopics', () => {
  test('creates what is missing, ready to be written at once, and then finds it in order', async () => {
    const [first, second] = [spec(uniqueName()), spec(uniqueName())];

    expect(await ensure(first)).toEqual({ created: [first.name] });
    const messages = [{ key: 'k', value: 'v', headers: {} }];
    await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map((partition) =>
        publisher.publish({ topic: first.name, partition, messages }),
      ),
    );
    expect(await ensure(first, second)).toEqual({ created: [second.name] });
    expect(await ensure(first, second)).toEqual({ created: [] });
  });

  test('two at once agree', async () => {
    const topic = spec(uniqueName());

    const results = await Promise.all([ensure(topic), ensure(topic), ensure(topic)]);

    expect(results.flatMap(({ created }) => created)).toEqual([topic.name]);
  });

  test('names every difference, and alters nothing', async () => {
    const name = await createTopic(settings.brokers, {
      partitions: 3,
      configs: { 'retention.ms': '1000', 'cleanup.policy': 'compact' },
    });

    for (let i = 0; i < 2; i += 1) {
      const error: unknown = await ensure(spec(name)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TopicMismatchError);
      expect(error).toMatchObject({
        code: 'TOPIC_MISMATCH',
        differences: [
          `${name} has 3 partitions, 8 are wanted`,
          `${name} has cleanup.policy=compact, delete is wanted`,
          `${name} has retention.ms=1000, -1 is wanted`,
        ],
      });
      expect(error).toHaveProperty(
        'message',
        expect.stringContaining('add partitions up to the number wanted'),
      );
    }
  });

  test('says that nobody answers', async () => {
    const nowhere = { ...settings, brokers: ['127.0.0.1:1'], requestTimeoutMs: 1_000 };

    await expect(ensureTopics(nowhere, [spec('t')], silentLog)).rejects.toMatchObject({
      name: 'KafkaRequestError',
      reach: 'unreachable',
      code: 'ECONNREFUSED',
    });
  });
});
