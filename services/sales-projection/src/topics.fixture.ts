import { randomBytes } from 'node:crypto';
import type { EncodedEvent } from '@waybill/contracts';
import { createKafkaPublisher, ensureTopics, type KafkaSettings, type Log } from '@waybill/kafka';
import { Admin } from '@platformatic/kafka';

const ignore = (): void => undefined;
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore };

export const partitions = 4;

export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

export const settingsFor = (brokers: readonly string[]): KafkaSettings => ({
  brokers,
  clientId: 'sales-projection-test',
  requestTimeoutMs: 5_000,
});

export async function createTopics(brokers: readonly string[], names: readonly string[]): Promise<void> {
  const specs = names.map((name) => ({ name, partitions, config: {} }));
  await ensureTopics(settingsFor(brokers), specs, silentLog);
}

/** Puts events into a topic, in their order, a key always into the same partition. */
export async function publish(
  brokers: readonly string[],
  topic: string,
  events: readonly EncodedEvent[],
): Promise<void> {
  const publisher = createKafkaPublisher({ settings: settingsFor(brokers), logger: silentLog });
  const byPartition = Map.groupBy(events, ({ key }) => Number.parseInt(key.slice(0, 8), 16) % partitions);
  try {
    for (const [partition, its] of byPartition) {
      const messages = its.map(({ key, payload: value, headers }) => ({ key, value, headers }));
      await publisher.publish({ topic, partition, messages });
    }
  } finally {
    await publisher.close();
  }
}

/** How many messages of its topics the group has committed, asked with another client. */
export async function committed(
  brokers: readonly string[],
  group: string,
  topics: readonly string[],
): Promise<number> {
  const admin = new Admin({ clientId: 'sales-projection-test', bootstrapBrokers: [...brokers] });
  const partitionIndexes = Array.from({ length: partitions }, (_, i) => i);
  try {
    const asked = topics.map((name) => ({ name, partitionIndexes }));
    const [answer] = await admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: asked }] });
    const offsets = answer?.topics.flatMap((topic) =>
      topic.partitions.map((one) => Number(one.committedOffset)),
    );
    return (offsets ?? []).filter((offset) => offset > 0).reduce((sum, offset) => sum + offset, 0);
  } finally {
    await admin.close();
  }
}
