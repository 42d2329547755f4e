import { createRequire } from 'node:module';
import path from 'node:path';
import type { OutgoingMessage } from '@waybill/outbox/publisher';
import { encodeHeaders, recordHeadersOf, withRecordHeaders } from '@waybill/outbox/record-headers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { encodeBatch } from './encode-batch.ts';
import { releasedKafkaJs } from './released-kafkajs.fixture.ts';

const require = createRequire(import.meta.url);
const files = path.join(releasedKafkaJs(), 'src/protocol/recordBatch');
const releasedRecord: (record: object) => object = require(path.join(files, 'record/v0/index.js'));
const {
  RecordBatch: releasedBatch,
}: { RecordBatch: (batch: object) => Promise<{ buffer: Buffer }> } = require(path.join(files, 'v0/index.js'));

const text = fc.string({ maxLength: 90, unit: 'binary' }).map((some) => some.toWellFormed());
const messages = fc.array(
  fc.record({
    key: text,
    value: text,
    headers: fc.dictionary(text, text, { maxKeys: 6 }),
    isReady: fc.boolean(),
  }),
  { minLength: 1, maxLength: 70 },
);

function prepared({ key, value, headers, isReady }: OutgoingMessage & { readonly isReady: boolean }) {
  if (!isReady) return { key, value, headers };
  return withRecordHeaders({ key, value }, encodeHeaders(headers), () => {
    throw new Error('the headers lie ready, and are read as an object');
  });
}

/** kafkajs says 0 where Kafka says −1 for an epoch and a sequence that are not there. */
const noProducer = { producerEpoch: -1, firstSequence: -1 };

it('writes a batch as the released kafkajs does, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(messages, fc.nat(2 ** 41), async (some, now) => {
      const records = some.map(({ key, value, headers }, offsetDelta) => {
        const bytes = Object.entries(headers).map(([name, header]) => [name, Buffer.from(header)]);
        return releasedRecord({
          offsetDelta,
          key: Buffer.from(key),
          value: Buffer.from(value),
          headers: Object.fromEntries(bytes),
        });
      });
      const expected = await releasedBatch({
        records,
        firstTimestamp: now,
        maxTimestamp: now,
        lastOffsetDelta: some.length - 1,
        ...noProducer,
      });
      expect(encodeBatch(some.map(prepared), now).equals(expected.buffer)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it.each([0, 1, 7, 8, 9, 15, 16, 1_000])('computes the checksum of %i bytes', (length) => {
  const bytes = Buffer.from(Array.from({ length: length + 3 }, (_, i) => (i * 151) % 251));
  const byKafkaJs: (some: Buffer) => number = require('kafkajs/src/protocol/recordBatch/crc32C');
  expect(crc32c(bytes, 3)).toBe(byKafkaJs(bytes.subarray(3)));
});

it('takes headers that lie ready from the message that they were made for, and from no copy of it', () => {
  const ready = withRecordHeaders({ key: 'k', value: 'v' }, encodeHeaders({ a: '1' }), () => ({ a: '1' }));
  expect(recordHeadersOf(ready)).toMatchObject({ count: 1 });
  const copy = { ...ready, headers: { ...ready.headers, b: '2' } };
  expect(recordHeadersOf(copy)).toBeUndefined();
  expect(encodeBatch([copy], 0).toString()).toContain('b');
  expect(JSON.parse(JSON.stringify(ready))).toEqual({ key: 'k', value: 'v', headers: { a: '1' } });
});
