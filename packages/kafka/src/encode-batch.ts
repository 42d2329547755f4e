import type { OutgoingMessage } from '@waybill/outbox/publisher';
import {
  encodeHeaders,
  type RecordHeaders,
  recordHeadersOf,
  sizeOfLength,
  writeLength,
} from '@waybill/outbox/record-headers';
import { crc32c } from './crc32c.ts';

interface Sized {
  readonly headers: RecordHeaders;
  readonly key: number;
  readonly value: number;
  /** Of all behind the record's own length. */
  readonly body: number;
}

/** A record's attributes and the time since the batch's first one: one byte each, both 0. */
const fixedBytes = 2;

/** Of a batch, before its records. */
const headerBytes = 61;
/** Where the length ends that the batch's length begins behind, and where what the checksum is of begins. */
const [lengthEnd, checked] = [12, 21];

/**
 * Encodes messages as a record batch of magic 2, uncompressed, of a producer that is neither idempotent nor
 * transactional (KIP-98; Kafka's documentation, "Record Batch"). All records are of one time. kafkajs makes a buffer per
 * message and header and copies them into larger ones; this fills one.
 *
 * @param now ms since 1970
 * @param allocate gives the buffer to fill, of that many bytes
 */
export function encodeBatch(
  messages: readonly OutgoingMessage[],
  now: number,
  allocate = (bytes: number): Buffer => Buffer.allocUnsafe(bytes),
): Buffer {
  const sizes = messages.map(sizeOf);
  const recordBytes = sizes.reduce((sum, { body }) => sum + sizeOfLength(body) + body, 0);
  const batch = allocate(headerBytes + recordBytes);
  writeHeader(batch, messages.length, now);
  let at = headerBytes;
  messages.forEach(({ key, value }, offset) => {
    const size = sizes[offset];
    if (size === undefined) return;
    at = writeLength(batch, at, size.body);
    batch[at++] = 0;
    batch[at++] = 0;
    at = writeLength(batch, at, offset);
    at = writeLength(batch, at, size.key);
    at += batch.write(key, at);
    at = writeLength(batch, at, size.value);
    at += batch.write(value, at);
    at = writeLength(batch, at, size.headers.count);
    at += size.headers.bytes.copy(batch, at, size.headers.from, size.headers.to);
  });
  batch.writeUInt32BE(crc32c(batch, checked), 17);
  return batch;
}

function writeHeader(batch: Buffer, count: number, now: number): void {
  batch.fill(0, 0, headerBytes);
  batch.writeInt32BE(batch.length - lengthEnd, 8);
  batch.writeInt8(2, 16);
  batch.writeInt32BE(count - 1, 23);
  batch.writeBigInt64BE(BigInt(now), 27);
  batch.writeBigInt64BE(BigInt(now), 35);
  // No producer's id, epoch and sequence.
  batch.fill(0xff, 43, 57);
  batch.writeInt32BE(count, 57);
}

function sizeOf(message: OutgoingMessage, offset: number): Sized {
  const headers = recordHeadersOf(message) ?? encodeHeaders(message.headers);
  const [key, value] = [Buffer.byteLength(message.key), Buffer.byteLength(message.value)];
  const body =
    fixedBytes +
    sizeOfLength(offset) +
    sizeOfLength(key) +
    key +
    sizeOfLength(value) +
    value +
    sizeOfLength(headers.count) +
    (headers.to - headers.from);
  return { headers, key, value, body };
}
