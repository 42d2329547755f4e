import { randomUUID } from 'node:crypto';
import { Consumer, type ClusterMetadata, ListOffsetTimestamps } from '@platformatic/kafka';
import type { KafkaRecord } from './facts.ts';

/** Bytes asked of one partition per fetch: several batches, or at least one whole (the broker never sends less). */
const bytesPerPartition = 8 * 1024 * 1024;

/** Attribute bit of a batch that holds a transaction marker and no event (Kafka protocol, record batch). */
const controlBatch = 0x20;

/**
 * Every record of these topics, from the first that the broker still has up to the high watermarks at the time of
 * asking, in log order. Fetches by partition with @platformatic/kafka, which Waybill never reads with (the relay
 * publishes with it where KAFKA_CLIENT says so), and without a consumer group, so that nothing is committed, rebalanced
 * or shared.
 *
 * @param brokers `host:port`
 * @throws Error when a topic does not exist or a partition does not get on
 */
export async function readRecords(
  brokers: readonly string[],
  topics: readonly string[],
): Promise<KafkaRecord[]> {
  const client = new Consumer({
    clientId: 'independent-checker',
    groupId: `independent-checker-${randomUUID()}`,
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
    retries: 6,
    retryDelay: 500,
  });
  try {
    const metadata = await client.metadata({ topics: [...topics], forceUpdate: true });
    const begins = await client.listOffsets({
      topics: [...topics],
      timestamp: ListOffsetTimestamps.EARLIEST,
      isolationLevel: 0,
    });
    const ends = await client.listOffsets({
      topics: [...topics],
      timestamp: ListOffsetTimestamps.LATEST,
      isolationLevel: 0,
    });
    const records: KafkaRecord[] = [];
    for (const topic of topics) {
      for (const [partition, end] of ends.get(topic)?.entries() ?? []) {
        const from = begins.get(topic)?.[partition] ?? 0n;
        records.push(...(await readPartition(client, metadata, { topic, partition, from, end })));
      }
    }
    return records;
  } finally {
    await client.close(true);
  }
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** The high watermark: the first offset not to read. */
  readonly end: bigint;
}

async function readPartition(
  client: Consumer,
  metadata: ClusterMetadata,
  range: Range,
): Promise<KafkaRecord[]> {
  const { topic, partition, from, end } = range;
  const known = metadata.topics.get(topic);
  const leader = known?.partitions[partition]?.leader;
  if (!known || leader === undefined) throw new Error(`${topic}[${partition}] has no leader`);
  const records: KafkaRecord[] = [];
  let next = from;
  while (next < end) {
    const { batches } = await fetchFrom(client, { topicId: known.id, leader, partition, offset: next });
    const before = next;
    for (const batch of batches) {
      for (const record of batch.records) {
        const offset = batch.firstOffset + BigInt(record.offsetDelta);
        // A fetch answers with whole batches: their first records may lie before what was asked for.
        if (offset < next || offset >= end || (batch.attributes & controlBatch) !== 0) continue;
        const headers = record.headers.map(
          ([name, value]) => [name?.toString('utf8') ?? '', value ?? Buffer.alloc(0)] as const,
        );
        records.push({ topic, partition, offset, key: record.key, value: record.value, headers });
      }
      const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      if (after > next) next = after;
    }
    if (next === before)
      throw new Error(`${topic}[${partition}] does not get on at offset ${next} of ${end}`);
  }
  return records;
}

interface Fetch {
  readonly topicId: string;
  readonly leader: number;
  readonly partition: number;
  readonly offset: bigint;
}

async function fetchFrom(client: Consumer, { topicId, leader, partition, offset }: Fetch) {
  const response = await client.fetch({
    node: leader,
    minBytes: 1,
    maxBytes: bytesPerPartition,
    maxWaitTime: 5_000,
    isolationLevel: 0,
    topics: [
      {
        topicId,
        partitions: [
          {
            partition,
            fetchOffset: offset,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
            partitionMaxBytes: bytesPerPartition,
          },
        ],
      },
    ],
  });
  return { batches: response.responses[0]?.partitions[0]?.records ?? [] };
}
