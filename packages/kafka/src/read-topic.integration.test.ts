import { Admin } from '@platformatic/kafka';
import { afterAll, describe, expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { createTopic, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { type ReadTopicOptions, readTopic, UnknownPartitionError } from './read-topic.ts';
import { silentLog } from './silent-log.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const settings = { brokers, clientId: 'read-test', requestTimeoutMs: 5_000 };
const publisher = createKafkaPublisher({ settings, logger: silentLog });
afterAll(() => publisher.close());

async function publish(topic: string, partition: number, ...values: string[]): Promise<void> {
  const messages = values.map((value) => ({ key: value, value, headers: { ce_id: value } }));
  await publisher.publish({ topic, partition, messages });
}

/** Reads until `count` messages have come. */
async function read(options: Partial<ReadTopicOptions> & { topic: string }, count: number) {
  const got: string[] = [];
  const stop = new AbortController();
  await readTopic({
    settings,
    from: 'beginning',
    onReady: () => {},
    onMessage: async (partition, { offset, value }) => {
      got.push(`${partition}/${offset}=${value}`);
      if (got.length === count) stop.abort();
    },
    signal: stop.signal,
    logger: silentLog,
    ...options,
  });
  return got;
}

describe('readTopic', () => {
  test('reads from the beginning, each partition in order, and again for whoever asks again', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });
    await publish(topic, 0, 'a', 'b');
    await publish(topic, 1, 'c');

    for (let i = 0; i < 2; i += 1) {
      expect((await read({ topic }, 3)).toSorted()).toEqual(['0/0=a', '0/1=b', '1/0=c']);
    }
    expect(await read({ topic }, 2)).toHaveLength(2);
  });

  test('reads one partition alone', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });
    await publish(topic, 0, 'a');
    await publish(topic, 1, 'b', 'c');

    expect(await read({ topic, partition: 1 }, 2)).toEqual(['1/0=b', '1/1=c']);
  });

  test('from the end shows what is published once it is ready, and nothing older', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });
    await publish(topic, 0, 'old');
    const ready = Promise.withResolvers<void>();
    const reading = read({ topic, from: 'end', onReady: ready.resolve }, 2);
    await ready.promise;
    await publish(topic, 0, 'new');
    await publish(topic, 1, 'newer');

    expect((await reading).toSorted()).toEqual(['0/1=new', '1/0=newer']);
  });

  test('leaves no group behind', async () => {
    const topic = await createTopic(brokers, { partitions: 1 });
    await publish(topic, 0, 'a');
    await read({ topic }, 1);

    const admin = new Admin({ clientId: 'test', bootstrapBrokers: brokers });
    const groups = [...(await admin.listGroups()).keys()];
    await admin.close();
    expect(groups.filter((group) => group.startsWith('waybill-tail-'))).toEqual([]);
  });

  test('says what is missing: the topic, the partition, the cluster', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });
    const nowhere = { ...settings, brokers: ['127.0.0.1:1'], requestTimeoutMs: 1_000 };

    await expect(read({ topic: uniqueName() }, 1)).rejects.toMatchObject({
      name: 'KafkaRequestError',
      reach: 'answered',
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    await expect(read({ topic, partition: 2 }, 1)).rejects.toThrow(UnknownPartitionError);
    await expect(read({ topic, settings: nowhere }, 1)).rejects.toMatchObject({
      reach: 'unreachable',
      code: 'ECONNREFUSED',
    });
  });

  test('hands on what the caller throws', async () => {
    const topic = await createTopic(brokers, { partitions: 1 });
    await publish(topic, 0, 'a');
    const failing = async (): Promise<void> => {
      throw new RangeError('the pipe is closed');
    };

    await expect(read({ topic, onMessage: failing }, 1)).rejects.toThrow(RangeError);
  });
});
