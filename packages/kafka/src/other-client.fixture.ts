import { randomBytes } from 'node:crypto';
import { Admin, Consumer, stringDeserializers } from '@platformatic/kafka';
import { wait } from '@waybill/retry';

/** What stands in Kafka, read and prepared with another client than the one under test. */
export interface ReadMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
}

export interface TopicToCreate {
  /** Default: a name that no other test has. */
  readonly name?: string;
  readonly partitions: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export function uniqueName(prefix = 't'): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

/** Creates a topic and returns its name once every partition's leader serves it. */
export async function createTopic(
  brokers: readonly string[],
  { name: topic = uniqueName(), partitions, configs = {} }: TopicToCreate,
): Promise<string> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
  try {
    await admin.createTopics({
      topics: [topic],
      partitions,
      replicas: 1,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    });
    await leadersServe(admin, topic, partitions);
  } finally {
    await admin.close();
  }
  return topic;
}

/** Resolves when every partition's leader serves a topic that is there: a broker that is back answers before it does. */
export async function topicServed(
  brokers: readonly string[],
  topic: string,
  partitions: number,
): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
  try {
    await leadersServe(admin, topic, partitions);
  } finally {
    await admin.close();
  }
}

/** Resolves when no broker knows the topic any more. Limit: 10 s. */
export async function deleteTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
  const limit = AbortSignal.timeout(10_000);
  try {
    await admin.deleteTopics({ topics: [topic] });
    while ((await admin.listTopics()).includes(topic)) {
      limit.throwIfAborted();
      await wait(20, limit);
    }
  } finally {
    await admin.close();
  }
}

/** Metadata names a new topic's leaders a little before they know of it themselves. Limit: 10 s. */
async function leadersServe(admin: Admin, topic: string, partitions: number): Promise<void> {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: -1n,
  }));
  const limit = AbortSignal.timeout(10_000);
  for (;;) {
    try {
      await admin.listOffsets({ topics: [{ name: topic, partitions: asked }] });
      return;
    } catch (error) {
      if (limit.aborted) throw error;
      await wait(20, limit);
    }
  }
}

/** Reads a topic from its beginning until `count` messages have come, in order per partition. Limit: 20 s. */
export async function readMessages(
  brokers: readonly string[],
  topic: string,
  count: number,
): Promise<ReadMessage[]> {
  const consumer = new Consumer({
    clientId: 'test',
    groupId: uniqueName('reader'),
    bootstrapBrokers: [...brokers],
    deserializers: stringDeserializers,
  });
  const read: ReadMessage[] = [];
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
    const limit = setTimeout(
      () => stream.destroy(new Error(`only ${read.length} of ${count} messages in ${topic} after 20 s`)),
      20_000,
    );
    for await (const { partition, offset, key, value, headers } of stream) {
      read.push({ topic, partition, offset, key, value, headers: Object.fromEntries(headers) });
      if (read.length >= count) break;
    }
    clearTimeout(limit);
  } finally {
    await consumer.close(true);
  }
  return read;
}

/** What a group has committed, per partition; −1 where it has nothing. */
export async function committedOffsets(
  brokers: readonly string[],
  group: string,
  topic: string,
  partitions: number,
): Promise<bigint[]> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
  const partitionIndexes = Array.from({ length: partitions }, (_, i) => i);
  try {
    const [answer] = await admin.listConsumerGroupOffsets({
      groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }],
    });
    const found = answer?.topics.find(({ name }) => name === topic)?.partitions ?? [];
    return partitionIndexes.map(
      (index) => found.find(({ partitionIndex }) => partitionIndex === index)?.committedOffset ?? -1n,
    );
  } finally {
    await admin.close();
  }
}
