import type { OutgoingMessage } from './publisher.ts';

/**
 * Headers as Kafka's record format has them: for each its name and its value, each behind its length in bytes, a zigzag
 * varint (KIP-82). Their number is not among the bytes.
 */
export interface RecordHeaders {
  /** Those of many messages may lie in one buffer: a view for each would cost more than copying them. */
  readonly bytes: Buffer;
  /** Where these begin. */
  readonly from: number;
  /** Where these end. */
  readonly to: number;
  readonly count: number;
}

type ReadHeaders = () => OutgoingMessage['headers'];

/**
 * A message whose headers lie ready, in a private field, which no copy of it has: whoever copies it may change its headers.
 * Copied, it has them as an object all the same: they are a property of its own.
 */
class ReadyMessage implements OutgoingMessage {
  readonly key: string;
  readonly value: string;
  declare readonly headers: OutgoingMessage['headers'];
  readonly #recordHeaders: RecordHeaders;
  readonly #readHeaders: ReadHeaders;

  constructor(key: string, value: string, recordHeaders: RecordHeaders, readHeaders: ReadHeaders) {
    this.key = key;
    this.value = value;
    this.#recordHeaders = recordHeaders;
    this.#readHeaders = readHeaders;
    Object.defineProperty(this, 'headers', readWhenAsked);
    // Whoever wants other headers makes a message of them: a change in place would be lost.
    Object.freeze(this);
  }

  static recordHeadersOf(message: OutgoingMessage): RecordHeaders | undefined {
    return #recordHeaders in message ? message.#recordHeaders : undefined;
  }

  static headersOf(message: ReadyMessage): OutgoingMessage['headers'] {
    return message.#readHeaders();
  }
}

/** One getter for all: with one of its own each message is a dictionary to V8, at three times the cost. */
const readWhenAsked: PropertyDescriptor & ThisType<ReadyMessage> = {
  enumerable: true,
  get() {
    return ReadyMessage.headersOf(this);
  },
};

/**
 * A message whose headers lie ready as the record format has them. Read as an object they are made anew each time, which
 * costs more than all the rest of a message; few read them.
 */
export function withRecordHeaders(
  { key, value }: Pick<OutgoingMessage, 'key' | 'value'>,
  recordHeaders: RecordHeaders,
  readHeaders: ReadHeaders,
): OutgoingMessage {
  return new ReadyMessage(key, value, recordHeaders, readHeaders);
}

/** What an adapter may take as it is in place of `headers`; undefined where it does not lie ready. */
export function recordHeadersOf(message: OutgoingMessage): RecordHeaders | undefined {
  return ReadyMessage.recordHeadersOf(message);
}

/** Bytes of a length, below 2^30, as a zigzag varint. */
export function sizeOfLength(length: number): number {
  let size = 1;
  for (let rest = length >>> 6; rest > 0; rest >>>= 7) size += 1;
  return size;
}

/** Writes a length as a zigzag varint. @returns where it ends */
export function writeLength(bytes: Uint8Array, at: number, length: number): number {
  let end = at;
  let rest = length << 1;
  while (rest > 0x7f) {
    bytes[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[end++] = rest;
  return end;
}

/** Encodes headers from an object, in its order. */
export function encodeHeaders(headers: OutgoingMessage['headers']): RecordHeaders {
  const texts = Object.entries(headers).flat();
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const size = lengths.reduce((sum, length) => sum + sizeOfLength(length) + length, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  texts.forEach((text, i) => {
    at = writeLength(bytes, at, lengths[i] ?? 0);
    at += bytes.write(text, at);
  });
  return { bytes, from: 0, to: size, count: texts.length / 2 };
}
