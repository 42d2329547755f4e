/** One message of a topic as the group received it, bytes untouched. */
export interface IncomingMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Empty when the message has none. */
  readonly key: string;
  /** null when the message has none. */
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When the producer made it, in ms since 1970. */
  readonly timestamp: number;
}

/** Which event of which aggregate a message is: all that the gate asks. */
export interface EventIdentity {
  /** The aggregate's id. */
  readonly key: string;
  /** 1, 2, 3 … per key, across all topics of the aggregate. */
  readonly version: number;
  /** How many times the source was restored from a copy; 0 at first. */
  readonly epoch: number;
}

/** An event of one aggregate whose envelope could be read. What it holds is read when it has its turn. */
export interface InboxEvent extends EventIdentity {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Exactly the bytes that came: what two deliveries of one event are compared by. */
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** An event as the handler gets it. */
export interface ConsumedEvent<Data> extends InboxEvent {
  /** What the consumer's `parse` made of it. */
  readonly data: Data;
}

/** The value as text; empty when there is none. */
export function payloadOf({ value }: Pick<InboxEvent, 'value'>): string {
  return value === null ? '' : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

const discardedType = 'waybill.event.discarded.v1';

/**
 * The marker that stands where the source's operator gave an event up: same key and version, no data. It moves the
 * gate like the event and has no effect.
 */
export function isDiscardMarker({ headers }: Pick<InboxEvent, 'headers'>): boolean {
  return headers['ce_type'] === discardedType;
}
