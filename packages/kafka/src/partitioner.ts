import type { ICustomPartitioner, PartitionMetadata } from 'kafkajs';

/** The topic's metadata lacks the partition that a message names. kafkajs refreshes its metadata upon this `type`. */
class UnknownPartitionError extends Error {
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION';
  /** Kafka's number of that error. */
  readonly code = 3;
  readonly retriable = true;

  constructor(topic: string, partition: number | undefined, known: readonly PartitionMetadata[]) {
    super(`${topic} has ${known.length} partitions, none numbered ${String(partition)}`);
    this.name = 'UnknownPartitionError';
  }
}

/**
 * Puts every message into the partition that it names. kafkajs resolves a send to a partition that it does not
 * know with an empty answer; here it throws.
 */
export const partitionOfMessage: ICustomPartitioner =
  () =>
  ({ topic, partitionMetadata, message }) => {
    const { partition } = message;
    if (partition === undefined || !partitionMetadata.some(({ partitionId }) => partitionId === partition)) {
      throw new UnknownPartitionError(topic, partition, partitionMetadata);
    }
    return partition;
  };
