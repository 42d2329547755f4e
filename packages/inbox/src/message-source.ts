import type { IncomingMessage } from './event.ts';

export type { IncomingMessage };

/** Messages of one partition, in order. */
export interface MessageBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly IncomingMessage[];
  /** Aborts when what comes of the batch is no longer this member's to commit, or the source is being stopped. */
  readonly signal: AbortSignal;
  /** Everything up to this offset is applied: it may be committed, whatever becomes of the rest. */
  applied(upTo: bigint): void;
}

/** `joining`: no partition is this member's yet, or no longer. */
export type SourceState = 'joining' | 'consuming';

/** A partition whose batch failed and has not been handled since. */
export interface FailingPartition {
  readonly topic: string;
  readonly partition: number;
  /** Of the first message that is not applied. */
  readonly offset: string;
  /** In a row. */
  readonly failures: number;
  /** The last error's code, or its name when it has none. */
  readonly error: string;
}

/** How far a member is behind in a partition that it has. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Messages that are not committed. */
  readonly lag: number;
}

export interface Subscription {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Handles batches, those of different partitions side by side. What it has reported as applied is committed, always
   * after it, and only while the partition is this member's. When it rejects, its partition pauses with backoff and
   * the rest comes again: nothing is skipped. The membership is kept alive meanwhile, however long it takes.
   */
  readonly onBatch: (batch: MessageBatch) => Promise<void>;
  readonly onState: (state: SourceState) => void;
  /** The source's own loop has come round: again and again, whether or not what it reads from answers. */
  readonly onRound: () => void;
  /** All partitions that are failing now, at every change. */
  readonly onFailing: (partitions: readonly FailingPartition[]) => void;
  /** The partitions of this member, whenever they have been measured. */
  readonly onLag: (partitions: readonly PartitionLag[]) => void;
  readonly signal: AbortSignal;
}

/** Where messages come from: the port that @waybill/kafka implements. At least once, in order per partition. */
export interface MessageSource {
  /** Consumes as a member of the group until `signal` aborts. Outlives every outage of what it reads from. */
  consume(subscription: Subscription): Promise<void>;
}

/** A message for a dead-letter topic. */
export interface DeadLetterCopy {
  readonly topic: string;
  /** Where the message came from: the copy must find room wherever that one did. */
  readonly sourceTopic: string;
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where copies of dead letters go. */
export interface DeadLetterTopics {
  /** @throws unless every replica that is in sync has the message */
  publish(copy: DeadLetterCopy): Promise<void>;
}
