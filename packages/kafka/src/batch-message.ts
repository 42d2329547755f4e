import type { Message } from 'kafkajs';
import { answeredFailure } from './failure.ts';
import { KafkaPublishError } from './publish-error.ts';

/** A record batch for one partition. */
export interface Batch {
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What the patched kafkajs takes. */
interface BatchMessage extends Message {
  /** In place of messages that it encodes. */
  readonly encodedBatch: Buffer;
  /** Asked when a request leaves a queue that throttling has held back. */
  readonly isAbandoned: () => boolean;
}

/** UNSUPPORTED_VERSION */
const unsupportedVersion = 35;

/**
 * One message that stands for its batch. A batch whose caller has given up on it is not sent behind the caller's back:
 * kafkajs reads the batch when it encodes the request, and asks again when it sends one that it had to hold back.
 *
 * @param signal aborts when the caller gives up
 */
export function messageFor({ partition, bytes }: Batch, signal: AbortSignal): BatchMessage {
  return {
    partition,
    value: null,
    /** Read by requests alone that know no such batch (Produce before version 3): they would send one empty message. */
    get key(): never {
      throw new KafkaPublishError('Encoding a batch', answeredFailure(unsupportedVersion));
    },
    get encodedBatch() {
      signal.throwIfAborted();
      return bytes;
    },
    isAbandoned: () => signal.aborted,
  };
}
