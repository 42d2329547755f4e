import { randomUUID } from 'node:crypto';
import { type ClusterMetadata, Consumer, ListOffsetTimestamps } from '@platformatic/kafka';

/** Bytes of one partition per fetch. */
const fetchBytes = 4 * 1024 * 1024;
const versionHeader = 'ce_orderversion';

/** What a topic holds. */
export interface ReadBack {
  readonly records: number;
  /** Records that are the next version of their key. */
  readonly inOrder: number;
  /** Records whose version was there before. */
  readonly repeated: number;
  /** Records whose version came too early: one before it is missing, or behind it. */
  readonly early: number;
}

/**
 * Reads a topic from its first record to its end, with a client that the relay does not use and without a group, and
 * checks that each key's versions stand there as 1, 2, 3 ….
 */
export async function readBack(brokers: readonly string[], topic: string): Promise<ReadBack> {
  const client = new Consumer({
    clientId: 'bench-reader',
    groupId: `bench-reader-${randomUUID()}`,
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
    retries: 6,
    retryDelay: 500,
  });
  try {
    const metadata = await client.metadata({ topics: [topic], forceUpdate: true });
    const ends = await endsOf(client, topic);
    const tally = { records: 0, inOrder: 0, repeated: 0, early: 0 };
    for (const [partition, end] of ends.entries()) {
      // A key is in one partition, so what is known of keys may be forgotten with it.
      const versions = new Map<string, number>();
      for await (const { key, version } of recordsOf(client, metadata, { topic, partition, end })) {
        tally.records += 1;
        const expected = (versions.get(key) ?? 0) + 1;
        if (version === expected) {
          tally.inOrder += 1;
          versions.set(key, version);
        } else if (version < expected) tally.repeated += 1;
        else tally.early += 1;
      }
    }
    return tally;
  } finally {
    await client.close(true);
  }
}

/** How many records a topic holds, by its ends. */
export async function countRecords(brokers: readonly string[], topic: string): Promise<number> {
  const client = new Consumer({
    clientId: 'bench-reader',
    groupId: `bench-reader-${randomUUID()}`,
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
  });
  try {
    return (await endsOf(client, topic)).reduce((sum, end) => sum + Number(end), 0);
  } finally {
    await client.close(true);
  }
}

async function endsOf(client: Consumer, topic: string): Promise<bigint[]> {
  const ends = await client.listOffsets({
    topics: [topic],
    timestamp: ListOffsetTimestamps.LATEST,
    isolationLevel: 0,
  });
  return ends.get(topic) ?? [];
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly end: bigint;
}

async function* recordsOf(
  client: Consumer,
  metadata: ClusterMetadata,
  { topic, partition, end }: Range,
): AsyncGenerator<{ key: string; version: number }> {
  const known = metadata.topics.get(topic);
  const leader = known?.partitions[partition]?.leader;
  if (known === undefined || leader === undefined) throw new Error(`${topic}[${partition}] has no leader`);
  let next = 0n;
  while (next < end) {
    const before = next;
    const response = await client.fetch({
      node: leader,
      minBytes: 1,
      maxBytes: fetchBytes,
      maxWaitTime: 5_000,
      isolationLevel: 0,
      topics: [
        {
          topicId: known.id,
          partitions: [
            {
              partition,
              fetchOffset: next,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
              partitionMaxBytes: fetchBytes,
            },
          ],
        },
      ],
    });
    for (const batch of response.responses[0]?.partitions[0]?.records ?? []) {
      for (const record of batch.records) {
        const offset = batch.firstOffset + BigInt(record.offsetDelta);
        // A fetch answers with whole batches: their first records may lie before what was asked for.
        if (offset < next) continue;
        const header = record.headers.find(([name]) => name?.toString() === versionHeader);
        yield { key: record.key?.toString() ?? '', version: Number(header?.[1]?.toString()) };
        next = offset + 1n;
      }
    }
    if (next === before) throw new Error(`${topic}[${partition}] does not get on at ${next} of ${end}`);
  }
}
