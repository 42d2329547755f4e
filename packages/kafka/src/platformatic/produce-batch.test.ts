import { ProduceAcks, produceV9 } from '@platformatic/kafka';
import { expect, it } from 'vitest';
import { encodeBatch } from '../encode-batch.ts';
import { produceRequest } from './produce-batch.ts';

it('writes the request that the client writes, but for the batch’s producer, which is none', () => {
  const now = 1_795_000_000_000;
  const messages = Array.from({ length: 200 }, (_, i) => ({
    key: `k${i}`,
    value: `é${i}`,
    headers: { a: `${i}` },
  }));
  const records = messages.map(({ key, value, headers }) => ({
    topic: 'orders',
    partition: 3,
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: new Map([[Buffer.from('a'), Buffer.from(headers.a)]]),
    timestamp: BigInt(now),
  }));
  const bytes = encodeBatch(messages, now);
  const theirs = produceV9.createRequest(ProduceAcks.ALL, 800, records).buffer;
  const ours = produceRequest({ topic: 'orders', partition: 3, encode: () => bytes }, 800).buffer;
  const start = ours.indexOf(bytes);
  // Its checksum, and the epoch and the sequence, where the client writes 0 for a producer that has none.
  for (const [from, to] of [
    [17, 21],
    [51, 57],
  ] as const) {
    theirs.fill(0, start + from, start + to);
    ours.fill(0, start + from, start + to);
  }
  expect(ours.equals(theirs)).toBe(true);
});
