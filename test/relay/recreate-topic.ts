import { Admin } from '@platformatic/kafka';
import { type RelayBench, until } from './bench.ts';

/** Deletes the topic with all that is in it, and makes it anew as it was. */
export async function recreateTopic({
  brokers,
  topic,
  partitions,
}: Pick<RelayBench, 'brokers' | 'topic' | 'partitions'>): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
  try {
    await admin.deleteTopics({ topics: [topic] });
    await until('the topic is made anew', () =>
      admin.createTopics({ topics: [topic], partitions, replicas: 1 }).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await admin.close();
  }
}
