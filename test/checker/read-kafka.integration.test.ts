import { randomBytes } from 'node:crypto';
import { Admin, Producer } from '@platformatic/kafka';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import '../servers/provided.ts';
import { readRecords } from './read-kafka.ts';

const topic = `t_${randomBytes(6).toString('hex')}`;
const bootstrapBrokers = inject('servers').kafkaBrokers;
const producer = new Producer({ clientId: 'checker-test', bootstrapBrokers });
const admin = new Admin({ clientId: 'checker-test', bootstrapBrokers });

beforeAll(async () => {
  await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
});

afterAll(async () => {
  await admin.deleteTopics({ topics: [topic] });
  await Promise.all([admin.close(), producer.close()]);
});

test('an empty topic has no records', async () => {
  expect(await readRecords(bootstrapBrokers, [topic])).toEqual([]);
});

test('every record of every partition is read, over several fetches, byte for byte', async () => {
  // 30 values of 700 kB in partition 0 are more than two fetches of 8 MiB; 500 small batches stand in partition 1.
  const big = Array.from({ length: 30 }, (_, at) => ({
    key: `big-${at}`,
    value: randomBytes(700_000),
    partition: 0,
  }));
  const small = Array.from({ length: 500 }, (_, at) => ({
    key: `ü-${at}`,
    value: Buffer.from(`€${at}`),
    partition: 1,
  }));
  for (const one of big) await send([one]);
  for (let at = 0; at < small.length; at += 10) await send(small.slice(at, at + 10));

  const records = await readRecords(bootstrapBrokers, [topic]);

  const read = (partition: number) =>
    records
      .filter((record) => record.partition === partition)
      .map((record) => ({ key: record.key?.toString(), value: record.value, partition }));
  expect(read(0)).toEqual(big);
  expect(read(1)).toEqual(small);
  expect(read(2)).toEqual([]);
  expect(records.slice(30).map((record) => record.offset)).toEqual(small.map((_, at) => BigInt(at)));
  expect(records[30]?.headers).toEqual([
    ['ce_orderversion', Buffer.from('1')],
    ['ce_source', Buffer.from('/ü')],
  ]);
});

test('a topic that does not exist is an error, not an empty one', async () => {
  await expect(readRecords(bootstrapBrokers, [`${topic}_unknown`])).rejects.toThrow(/unknown topic/i);
});

async function send(messages: readonly { key: string; value: Buffer; partition: number }[]): Promise<void> {
  await producer.send({
    acks: -1,
    messages: messages.map(({ key, value, partition }) => ({
      topic,
      partition,
      key: Buffer.from(key),
      value,
      headers: new Map([
        [Buffer.from('ce_orderversion'), Buffer.from('1')],
        [Buffer.from('ce_source'), Buffer.from('/ü')],
      ]),
    })),
  });
}
