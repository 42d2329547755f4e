import { KafkaAdministration } from '../faults/kafka-administration.ts';
import type { RelayBench } from './bench.ts';

/** The bench's topic, deleted with all that is in it and made anew. */
export async function recreateTopic({
  brokers,
  topic,
  partitions,
}: Pick<RelayBench, 'brokers' | 'topic' | 'partitions'>): Promise<void> {
  await using administration = new KafkaAdministration(brokers);
  await administration.recreateTopic(topic, partitions, 1);
}
