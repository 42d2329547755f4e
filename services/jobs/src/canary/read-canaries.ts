import { type ConsumerState, type KafkaSettings, type Log, runConsumer } from '@waybill/kafka';
import type { Queryable } from '../runs/job.ts';
import { markSeen } from './canary.sql.ts';

export interface CanaryReaderParts {
  readonly kafka: KafkaSettings;
  readonly topic: string;
  /** One member of it reads: each canary is timed once, whatever the number of processes. */
  readonly group: string;
  readonly database: Queryable;
  readonly onState: (state: ConsumerState) => void;
  /** How long canaries that came through took, in ms. */
  readonly onSeen: (tookMs: readonly number[]) => void;
  readonly logger: Log;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Marks canaries as seen as they come out of Kafka, until `signal` aborts. From the beginning when the group is new: a
 * canary that was written before must not count as lost.
 */
export async function readCanaries(parts: CanaryReaderParts, signal: AbortSignal): Promise<void> {
  const { kafka, topic, group, database, onState, onSeen, logger } = parts;
  await runConsumer({
    settings: kafka,
    group,
    topics: [topic],
    fromBeginning: true,
    onState,
    onBatch: async ({ messages }) => {
      // What somebody else put there is not for us, and must not stop us.
      const ids = messages.map(({ key }) => key).filter((key) => uuid.test(key));
      onSeen(await markSeen(database, ids));
    },
    signal,
    logger,
  });
}
