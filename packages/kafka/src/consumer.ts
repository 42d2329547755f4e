import { type BackoffPolicy, backoffDelay, wait } from '@waybill/retry';
import { ConsumerSession } from './consumer-session.ts';
import { KafkaRequestError } from './failure.ts';
import type { Log } from './log.ts';
import { requirePatchedKafkaJs } from './patch-check.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { KafkaSettings } from './settings.ts';

/** Messages of one partition, in order. */
export interface ReceivedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly ReceivedMessage[];
  /**
   * Call it at least every ten seconds while the batch takes longer: the group gives the partition to another member
   * after 15 s of silence.
   *
   * @throws when the membership is lost; let it reject onBatch
   */
  heartbeat(): Promise<void>;
}

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

export interface ConsumerOptions {
  readonly settings: KafkaSettings;
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a partition begins for which the group has no offset: at its first message, else at its next one. */
  readonly fromBeginning: boolean;
  /**
   * Its offsets are committed when it resolves. When it rejects, its partition pauses with backoff and the same
   * messages come again; nothing is skipped.
   */
  readonly onBatch: (batch: ReceivedBatch) => Promise<void>;
  /** Partitions handled at the same time. Default: 4. */
  readonly concurrency?: number;
  /** For readiness. */
  readonly onState?: (state: ConsumerState) => void;
  /** All partitions that are failing now, at every change: one that no repetition mends stands still. */
  readonly onFailing?: (partitions: readonly FailingPartition[]) => void;
  readonly signal: AbortSignal;
  readonly logger: Log;
}

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
  requirePatchedKafkaJs();
  const { group, topics, signal, logger, onState, onFailing } = options;
  let failures = 0;
  while (!signal.aborted) {
    onState?.('joining');
    const session = new ConsumerSession(options);
    try {
      await session.run(() => {
        failures = 0;
        logger.info({ group, topics }, 'Consuming');
        onState?.('consuming');
      });
    } catch (error) {
      failures += 1;
      const err = new KafkaRequestError(`Consuming ${topics.join(', ')}`, error);
      logger.warn({ err, group, failures }, 'The consumer lost Kafka and will join again');
    } finally {
      onState?.('joining');
      await session.close();
      onFailing?.([]);
    }
    if (failures > 0) await wait(backoffDelay(rejoining, failures - 1, Math.random), signal);
  }
}
