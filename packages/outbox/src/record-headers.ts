import type { OutgoingMessage } from './publisher.ts';

/**
 * Headers as Kafka's record format has them: for each its name and its value, each behind its length in bytes, a zigzag
 * varint (KIP-82). Their number is not among the bytes.
 */
export interface RecordHeaders {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Hands on the object that it is given, so that a class below can give it a private field. */
class Given {
  constructor(message: OutgoingMessage) {
    return message;
  }
}

/** In a private field, which no copy of a message has: whoever copies one may change its headers. */
class Ready extends Given {
  readonly #headers: RecordHeaders;

  constructor(message: OutgoingMessage, headers: RecordHeaders) {
    super(message);
    this.#headers = headers;
  }

  static of(message: OutgoingMessage): RecordHeaders | undefined {
    return #headers in message ? message.#headers : undefined;
  }
}

/**
 * A message whose headers lie ready as the record format has them. Read as an object they are made anew each time, which
 * costs more than all the rest of a message; few read them.
 */
export function withRecordHeaders(
  { key, value }: Pick<OutgoingMessage, 'key' | 'value'>,
  headers: RecordHeaders,
  readHeaders: () => OutgoingMessage['headers'],
): OutgoingMessage {
  const message = {
    key,
    value,
    get headers() {
      return readHeaders();
    },
  };
  new Ready(message, headers);
  // Whoever wants other headers makes a message of them: a change in place would be lost.
  return Object.freeze(message);
}

/** What an adapter may take as it is in place of `headers`; undefined where it does not lie ready. */
export function recordHeadersOf(message: OutgoingMessage): RecordHeaders | undefined {
  return Ready.of(message);
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
  return { bytes, count: texts.length / 2 };
}
