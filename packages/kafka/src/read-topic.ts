import { randomUUID } from 'node:crypto';
import { retryable } from '@waybill/retry';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { withAdmin } from './admin.ts';
import { openKafka } from './client.ts';
import { disconnectWithin } from './disconnect-within.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import { type ReceivedMessage, toReceivedMessage } from './received-message.ts';
import type { KafkaSettings } from './settings.ts';
import { Sockets } from './sockets.ts';

export interface ReadTopicOptions {
  readonly settings: KafkaSettings;
  readonly topic: string;
  /** Default: all. */
  readonly partition?: number;
  readonly from: 'beginning' | 'end';
  /** Called once, when it is settled where reading begins: what is published from then on is seen. */
  readonly onReady: () => void;
  /** One at a time, in order per partition. */
  readonly onMessage: (partition: number, message: ReceivedMessage) => Promise<void>;
  readonly signal: AbortSignal;
  readonly logger: Log;
}

/** The topic lacks the partition asked for. */
export class UnknownPartitionError extends Error {
  readonly code = 'UNKNOWN_PARTITION';

  constructor(topic: string, partition: number, known: readonly number[]) {
    super(`${topic} has no partition ${partition}: it has ${known.length}, from 0 to ${known.length - 1}`);
    this.name = 'UnknownPartitionError';
  }
}

/** How long a fetch waits for messages, in ms: also how long a stop waits for a fetch under way. */
const fetchWaitMs = 500;
const stopLimitMs = 3_000;

/** Partition → offset of the next message to read. */
type Positions = Map<number, bigint>;

/**
 * Shows what a topic holds to somebody who watches: until `signal` aborts, leaving no trace in Kafka.
 *
 * @throws KafkaRequestError when the cluster does not answer, stops answering, or has no such topic
 * @throws UnknownPartitionError
 * @throws what `onMessage` throws
 */
export async function readTopic(options: ReadTopicOptions): Promise<void> {
  const positions = await startingPositions(options);
  options.onReady();
  await retryable(
    () => readFrom(positions, options),
    {
      attempts: 20,
      baseMs: 100,
      capMs: 1_000,
      random: Math.random,
      // A new cluster's coordinator is still loading, for example. The positions are kept.
      isRetryable: (error) =>
        error instanceof KafkaRequestError && error.retriable && error.reach === 'answered',
    },
    options.signal,
  );
}

async function startingPositions(options: ReadTopicOptions): Promise<Positions> {
  const { settings, logger, topic, partition: wanted, from } = options;
  try {
    const offsets = await withAdmin(settings, logger, (admin) => admin.fetchTopicOffsets(topic));
    const known = offsets.map(({ partition }) => partition);
    if (wanted !== undefined && !known.includes(wanted)) {
      throw new UnknownPartitionError(topic, wanted, known);
    }
    return new Map(
      offsets
        .filter(({ partition }) => wanted === undefined || partition === wanted)
        .map(({ partition, low, high }) => [partition, BigInt(from === 'beginning' ? low : high)]),
    );
  } catch (error) {
    throw error instanceof UnknownPartitionError ? error : new KafkaRequestError(`Reading ${topic}`, error);
  }
}

/** kafkajs reads only as a member of a group: this one commits nothing, seeks at each assignment, and is deleted. */
async function readFrom(positions: Positions, options: ReadTopicOptions): Promise<void> {
  const { settings, logger, topic, signal } = options;
  const groupId = `waybill-tail-${randomUUID()}`;
  const sockets = new Sockets();
  const ended = Promise.withResolvers<void>();
  const lost = (error: unknown): void => ended.reject(new KafkaRequestError(`Reading ${topic}`, error));
  const consumer = openKafka(settings, logger, sockets, 'patient').consumer({
    groupId,
    allowAutoTopicCreation: false,
    metadataMaxAge: 3_000,
    maxWaitTimeInMs: fetchWaitMs,
    retry: { retries: 2, initialRetryTime: 100, restartOnFailure: async () => false },
  });
  consumer.on('consumer.crash', ({ payload }) => lost(payload.error));
  consumer.on('consumer.group_join', () => {
    for (const [partition, offset] of positions) consumer.seek({ topic, partition, offset: String(offset) });
  });
  const eachBatch = (payload: EachBatchPayload): Promise<void> =>
    handOn(payload, positions, options, (error) => ended.reject(error));
  const end = (): void => ended.resolve();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    startReading(consumer, topic, eachBatch).catch(lost);
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', end);
    const inOrder = await disconnectWithin(stopLimitMs, consumer.disconnect(), sockets);
    if (inOrder) await forgetGroup(groupId, options);
  }
}

async function startReading(
  consumer: Consumer,
  topic: string,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
}

async function handOn(
  payload: EachBatchPayload,
  positions: Positions,
  { onMessage, signal }: ReadTopicOptions,
  fail: (error: unknown) => void,
): Promise<void> {
  const { partition, messages } = payload.batch;
  if (!positions.has(partition)) {
    payload.pause();
    return;
  }
  for (const message of messages) {
    if (signal.aborted || payload.isStale()) return;
    const received = toReceivedMessage(message);
    if (received.offset < (positions.get(partition) ?? 0n)) continue;
    try {
      await onMessage(partition, received);
    } catch (error) {
      fail(error);
      return;
    }
    positions.set(partition, received.offset + 1n);
    await payload.heartbeat();
  }
  payload.resolveOffset(payload.batch.lastOffset());
}

/** Best effort: Kafka itself forgets a group without members and offsets after a while. */
async function forgetGroup(groupId: string, { settings, logger }: ReadTopicOptions): Promise<void> {
  try {
    await withAdmin(settings, logger, (admin) => admin.deleteGroups([groupId]));
  } catch (error) {
    logger.debug({ err: error, groupId }, 'A group of its own was not deleted');
  }
}
