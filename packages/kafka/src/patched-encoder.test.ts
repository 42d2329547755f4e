import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { messageFor } from './batch-message.ts';
import { encodeBatch } from './encode-batch.ts';
import { installedKafkaJs, releasedKafkaJs } from './released-kafkajs.fixture.ts';

/** As kafkajs hands a message to its encoder. */
interface RawRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>;
}

type EncodeRecord = (record: RawRecord) => { readonly buffer: Buffer };

const require = createRequire(import.meta.url);

type EncodeRequest = (request: object) => Promise<{ readonly buffer: Buffer }>;

interface Protocol {
  readonly record: EncodeRecord;
  readonly produce: (request: object) => object;
  readonly request: EncodeRequest;
}

function protocolOf(root: string): Protocol {
  const load = (file: string) => require(path.join(root, 'src/protocol', file));
  return {
    record: load('recordBatch/record/v0/index.js'),
    produce: load('requests/produce/v3/request.js'),
    request: load('request.js'),
  };
}

const released = protocolOf(releasedKafkaJs());
const patched = protocolOf(installedKafkaJs);
afterEach(() => {
  vi.useRealTimers();
});

const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
const records = fc.record({
  offsetDelta: fc.nat(),
  timestampDelta: fc.nat(),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ maxLength: 200 }),
    fc.oneof(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 })),
    { maxKeys: 12 },
  ),
});

it('writes a record as the released kafkajs does, byte for byte', () => {
  fc.assert(
    fc.property(records, (record) => {
      expect(patched.record(record).buffer.equals(released.record(record).buffer)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('writes a whole request as the released kafkajs does, with a batch that it encodes and with one that it is given', async () => {
  vi.useFakeTimers({ now: 1_795_000_000_000, toFake: ['Date'] });
  const key = 'k';
  const messages = Array.from({ length: 300 }, (_, i) => ({
    key,
    value: `é${i}`,
    headers: { ce_id: `${i}` },
  }));
  const produce = (protocol: Protocol, some: readonly object[]) =>
    protocol.request({
      correlationId: 7,
      clientId: 'relay',
      request: protocol.produce({
        acks: -1,
        timeout: 800,
        producerEpoch: -1,
        topicData: [{ topic: 'orders', partitions: [{ partition: 3, firstSequence: -1, messages: some }] }],
      }),
    });
  const expected = await produce(released, messages);
  const bytes = encodeBatch(messages, Date.now());
  const given = [messageFor({ partition: 3, bytes }, new AbortController().signal)];
  expect((await produce(patched, messages)).buffer.equals(expected.buffer)).toBe(true);
  expect((await produce(patched, given)).buffer.equals(expected.buffer)).toBe(true);
});

it('sends no batch whose caller has given up, and none to a broker that knows no record batches', async () => {
  const given = new AbortController();
  const message = messageFor({ partition: 3, bytes: Buffer.alloc(61) }, given.signal);
  const topicData = [{ topic: 'orders', partitions: [{ partition: 3, messages: [message] }] }];
  const encode = async (version: number) => {
    const produce: (request: object) => {
      encode: () => Promise<object>;
      isAbandoned?: () => boolean;
    } = require(path.join(installedKafkaJs, `src/protocol/requests/produce/v${version}/request.js`));
    const request = produce({ acks: -1, timeout: 1, topicData });
    await request.encode();
    return request;
  };
  for (const version of [0, 1, 2])
    await expect(encode(version)).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
  const abandoned: (() => boolean | undefined)[] = [];
  for (const version of [3, 4, 5, 6, 7]) {
    const request = await encode(version);
    expect(request.isAbandoned?.()).toBe(false);
    abandoned.push(() => request.isAbandoned?.());
  }
  given.abort();
  expect(abandoned.map((ask) => ask())).toEqual([true, true, true, true, true]);
  for (const version of [3, 4, 5, 6, 7]) await expect(encode(version)).rejects.toThrow('aborted');
});

it('writes an empty request as the released kafkajs does', async () => {
  const empty = (protocol: Protocol) =>
    protocol.request({
      correlationId: 7,
      clientId: 'relay',
      request: protocol.produce({ acks: -1, timeout: 800, topicData: [] }),
    });
  expect((await empty(patched)).buffer.equals((await empty(released)).buffer)).toBe(true);
});
