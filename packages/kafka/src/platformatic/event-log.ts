import { randomUUID } from 'node:crypto';
import { type ClusterMetadata, Consumer, ListOffsetTimestamps } from '@platformatic/kafka';
import type { EventLog, LogBounds, LogRecord } from '@waybill/outbox/operations';
import { answeredFailure, type Failure, KafkaRequestError } from '../failure.ts';
import type { KafkaSettings } from '../settings.ts';
import { connectionOptions } from './broker-link.ts';
import { classifyFailure, withCauses } from './failure.ts';

/** Bytes asked for at once: what reading holds in memory, but for one batch that is larger. */
const fetchBytes = 2 * 1024 * 1024;
/** How long the broker waits for something to arrive, in ms. Only ranges that are written are asked for. */
const fetchWaitMs = 1_000;
/** Fetches in a row that may bring nothing new. */
const patience = 5;
/** Attribute bit of a batch that holds a transaction marker and no event (Kafka protocol, record batch). */
const controlBatch = 0x20;

/**
 * Reads partitions by offset, on the client that can do so without being a member of a group: nothing is joined,
 * committed or rebalanced.
 */
export function openEventLog(settings: KafkaSettings): EventLog {
  const [first = ''] = settings.brokers;
  const client = new Consumer({
    ...connectionOptions(settings, first.replace(/:\d+$/, '')),
    clientId: settings.clientId,
    groupId: `${settings.clientId}-${randomUUID()}`,
    bootstrapBrokers: [...settings.brokers],
    autocreateTopics: false,
    retries: 3,
    retryDelay: 200,
  });
  const listed = (topic: string, timestamp: bigint): Promise<readonly bigint[]> =>
    explained(`Asking for the offsets of ${topic}`, async () => {
      const offsets = await client.listOffsets({ topics: [topic], timestamp, isolationLevel: 0 });
      return offsets.get(topic) ?? [];
    });
  return {
    async bounds(topic) {
      const begins = await listed(topic, ListOffsetTimestamps.EARLIEST);
      const ends = await listed(topic, ListOffsetTimestamps.LATEST);
      return ends.map((end, partition): LogBounds => ({ partition, first: begins[partition] ?? 0n, end }));
    },
    async offsetsAt(topic, time) {
      const found = await listed(topic, BigInt(time.getTime()));
      const ends = await listed(topic, ListOffsetTimestamps.LATEST);
      // −1 means that no record is that young.
      return new Map(
        ends.map((end, partition) => {
          const offset = found[partition] ?? -1n;
          return [partition, offset < 0n ? end : offset];
        }),
      );
    },
    read: (topic, partition, from, until) => readRange(client, { topic, partition, from, until }),
    async [Symbol.asyncDispose]() {
      await client.close(true);
    },
  };
}

interface Range {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly until: bigint;
}

async function* readRange(client: Consumer, range: Range): AsyncGenerator<LogRecord, void, undefined> {
  const { topic, partition, from, until } = range;
  const what = `Reading ${topic}/${partition}`;
  let next = from;
  let idle = 0;
  while (next < until) {
    const batches = await explained(what, async () => {
      const metadata = await client.metadata({ topics: [topic], forceUpdate: idle > 0 });
      return fetchFrom(client, metadata, { topic, partition, from: next, until });
    });
    const before = next;
    for (const batch of batches) {
      for (const record of batch.records) {
        const offset = batch.firstOffset + BigInt(record.offsetDelta);
        // A fetch answers with whole batches: their first records may lie before what was asked for.
        if (offset < next || offset >= until || (batch.attributes & controlBatch) !== 0) continue;
        yield {
          offset,
          key: record.key?.toString() ?? '',
          value: record.value,
          headers: textHeaders(record.headers),
          time: new Date(Number(batch.firstTimestamp + BigInt(record.timestampDelta))),
        };
      }
      const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
      if (after > next) next = after;
    }
    idle = next === before ? idle + 1 : 0;
    if (idle === patience) throw new KafkaRequestError(what, new Error(`nothing comes at offset ${next}`));
  }
}

async function fetchFrom(client: Consumer, metadata: ClusterMetadata, { topic, partition, from }: Range) {
  const known = metadata.topics.get(topic);
  const leader = known?.partitions[partition]?.leader;
  if (known === undefined || leader === undefined) throw new Error(`${topic}/${partition} has no leader`);
  const response = await client.fetch({
    node: leader,
    minBytes: 1,
    maxBytes: fetchBytes,
    maxWaitTime: fetchWaitMs,
    isolationLevel: 0,
    topics: [
      {
        topicId: known.id,
        partitions: [
          {
            partition,
            fetchOffset: from,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
            partitionMaxBytes: fetchBytes,
          },
        ],
      },
    ],
  });
  return response.responses[0]?.partitions[0]?.records ?? [];
}

function textHeaders(headers: Iterable<readonly [unknown, unknown]>): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, value]) => [textOf(name), textOf(value)]));
}

function textOf(part: unknown): string {
  return part instanceof Uint8Array ? Buffer.from(part).toString() : '';
}

async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new KafkaRequestError(what, error, failureOf(error));
  }
}

/** Kafka's number of UNKNOWN_TOPIC_OR_PARTITION. */
const unknownTopicOrPartition = 3;

/** The client looks topics up in its metadata, and has words of its own for one that is not there. */
function failureOf(error: unknown): Failure {
  const chain = withCauses(error);
  const isMissing = chain.some(({ message }) => message.startsWith('Unknown topic '));
  return isMissing ? answeredFailure(unknownTopicOrPartition) : classifyFailure(chain);
}
