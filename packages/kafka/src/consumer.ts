import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import type { KafkaMessage } from 'kafkajs';
import { ConsumerSession } from './consumer-session.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import { requirePatchedKafkaJs } from './patch-check.ts';
import { type ReceivedMessage, toReceivedMessage } from './received-message.ts';
import type { KafkaSettings } from './settings.ts';
import { StaleConsumerError } from './stalled-partitions.ts';

/** Messages of one partition, in order. */
export interface PartitionBatch<Message> {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly Message[];
  /** Aborts when the partition is no longer this member's, or the consumer is being stopped. */
  readonly signal: AbortSignal;
  /** Everything up to this offset is handled: it is committed, also when `onBatch` rejects after all. */
  applied(upTo: bigint): void;
}

export type ReceivedBatch = PartitionBatch<ReceivedMessage>;

export type ConsumerState = 'joining' | 'consuming';

/** A partition whose batch failed and has not been handled since. */
export interface FailingPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the first message of the batch. */
  readonly offset: string;
  /** In a row. */
  readonly failures: number;
  /** The last error's code, or its name when it has none. */
  readonly error: string;
}

/** What a member has of a partition, measured. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Messages after the committed offset. */
  readonly lag: number;
}

/** How long a member may do without something. In ms. */
export interface ConsumerPatience {
  /** Silence after which the group gives its partitions away. Default: 15 s. */
  readonly sessionMs?: number;
  /** How long the group waits, at a rebalance, for a member that has a batch in hand. Default: 30 s. */
  readonly rebalanceMs?: number;
  /** A partition that has messages and hands none over for so long: the client is made anew. Default: 60 s. */
  readonly progressMs?: number;
  /** Between two measurements. Default: 5 s. */
  readonly measureMs?: number;
}

export interface MembershipOptions<Message> {
  readonly settings: KafkaSettings;
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a partition begins for which the group has no offset: at its first message, else at its next one. */
  readonly fromBeginning: boolean;
  /**
   * Its offsets are committed when it resolves. When it rejects, its partition pauses with backoff and the messages
   * that it has not reported come again; nothing is skipped. The membership is kept alive meanwhile.
   */
  readonly onBatch: (batch: PartitionBatch<Message>) => Promise<void>;
  readonly toMessage: (topic: string, partition: number, message: KafkaMessage) => Message;
  /** Partitions handled at the same time. Default: 4. */
  readonly concurrency?: number;
  /** For readiness. */
  readonly onState?: (state: ConsumerState) => void;
  /** The loop has come round: every few seconds, whether or not Kafka answers, unless something hangs. For liveness. */
  readonly onRound?: () => void;
  /** All partitions that are failing now, at every change: one that no repetition mends stands still. */
  readonly onFailing?: (partitions: readonly FailingPartition[]) => void;
  /** All partitions of this member, each time they have been measured. */
  readonly onLag?: (partitions: readonly PartitionLag[]) => void;
  readonly patience?: ConsumerPatience;
  readonly signal: AbortSignal;
  readonly logger: Log;
}

export type ConsumerOptions = Omit<MembershipOptions<ReceivedMessage>, 'toMessage'>;

/** Between two memberships after a failure. */
const rejoining: BackoffPolicy = { baseMs: 200, capMs: 5_000 };

/**
 * Consumes topics as a member of a group until `signal` aborts, then leaves the group and resolves, within seconds.
 * While Kafka is away, or a topic is missing, it tries again for ever and logs each failure once. Delivery is at
 * least once: after a crash or a rebalance messages come again.
 *
 * @throws UnpatchedKafkaJsError when the installed kafkajs lacks the project's patch
 */
export async function runConsumer(options: ConsumerOptions): Promise<void> {
  await keepMembership({
    ...options,
    toMessage: (_topic, _partition, message) => toReceivedMessage(message),
  });
}

/** {@link runConsumer} over messages of any form. */
export async function keepMembership<Message>(options: MembershipOptions<Message>): Promise<void> {
  requirePatchedKafkaJs();
  const { group, topics, signal, logger, onState, onRound, onFailing, onLag } = options;
  const { progressMs = 60_000 } = options.patience ?? {};
  let failures = 0;
  let stale = 0;
  while (!signal.aborted) {
    onState?.('joining');
    onRound?.();
    // A client made anew that does no better is not the client's fault: ask less and less often.
    const session = new ConsumerSession(options, Math.min(progressMs * 2 ** stale, progressMs * 30));
    try {
      await session.run({
        onJoined: () => {
          failures = 0;
          logger.info({ group, topics }, 'Consuming');
          onState?.('consuming');
        },
        onProgress: () => {
          stale = 0;
        },
      });
    } catch (error) {
      failures += 1;
      if (error instanceof StaleConsumerError) stale += 1;
      const err =
        error instanceof StaleConsumerError
          ? error
          : new KafkaRequestError(`Consuming ${topics.join(', ')}`, error);
      logger.warn({ err, group, failures }, 'The consumer lost Kafka and will join again');
    } finally {
      onState?.('joining');
      await session.close();
      onFailing?.([]);
      onLag?.([]);
    }
    if (failures > 0) await wait(backoffDelay(rejoining, failures - 1, Math.random), signal);
  }
}
