/** One message as it goes to the broker: the stored text and headers, nothing recomputed. Not to be changed in place. */
export interface OutgoingMessage {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Messages of one lane, in order, for one topic-partition. */
export interface PublishBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly OutgoingMessage[];
}

/** The broker's answer: message i stands at `baseOffset + i`. */
export interface PublishReceipt {
  readonly baseOffset: bigint;
}

/**
 * The relay's way out. An adapter sends a batch once and tells the truth: it resolves only when every in-sync
 * replica has the whole batch, and rejects on anything else. It never retries, reorders, splits or repartitions;
 * the relay does the retrying.
 *
 * It settles within the relay's `sendTimeoutMs`, connecting included, and sends nothing of the batch after that: the
 * relay begins a send only while its lease has that long to go, and then another relay may own the lane.
 */
export interface Publisher {
  publish(batch: PublishBatch): Promise<PublishReceipt>;
  /** A cheap question whether the broker answers at all for this topic, used to end a backoff early. */
  probe(topic: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * A batch that was not acknowledged. `unreachable` means that nothing answered (no connection, no response in time),
 * so that a cheap probe tells when to try again; `answered` means that a broker said no, with its code. A quota that
 * holds a batch back beyond its time is `answered` with the code `THROTTLED`: nothing is wrong with the way to Kafka.
 */
export class PublishError extends Error {
  readonly reach: 'unreachable' | 'answered';
  /** The broker's error name (`NOT_LEADER_OR_FOLLOWER`), or the socket's (`ECONNREFUSED`). */
  readonly code: string;

  constructor(message: string, reach: 'unreachable' | 'answered', code: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PublishError';
    this.reach = reach;
    this.code = code;
  }
}
