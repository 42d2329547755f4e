import { afterAll, expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { type PartitionLag, runConsumer } from './consumer.ts';
import { createTopic, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { silentLog } from './silent-log.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const settings = { brokers, clientId: 'lag-test', requestTimeoutMs: 5_000 };
const publisher = createKafkaPublisher({ settings, logger: silentLog });
afterAll(() => publisher.close());

test('a member knows how far it is behind, before its first commit and after', async () => {
  const topic = await createTopic(brokers, { partitions: 2 });
  const messages = ['a', 'b', 'c'].map((key) => ({ key, value: key, headers: {} }));
  await publisher.publish({ topic, partition: 1, messages });
  const release = Promise.withResolvers<void>();
  const stop = new AbortController();
  let lags: readonly PartitionLag[] = [];
  const ended = runConsumer({
    settings,
    group: uniqueName('group'),
    topics: [topic],
    fromBeginning: true,
    onBatch: () => release.promise,
    onLag: (measured) => {
      lags = measured;
    },
    patience: { measureMs: 100 },
    signal: stop.signal,
    logger: silentLog,
  });
  const lagOf = (partition: number) => lags.find((one) => one.partition === partition)?.lag;
  await expect.poll(() => [lagOf(0), lagOf(1)], { timeout: 20_000 }).toEqual([0, 3]);
  release.resolve();
  await expect.poll(() => [lagOf(0), lagOf(1)], { timeout: 20_000 }).toEqual([0, 0]);
  stop.abort();
  await ended;
});

test('a member that begins at the end is not behind what came before it', async () => {
  const topic = await createTopic(brokers, { partitions: 1 });
  await publisher.publish({ topic, partition: 0, messages: [{ key: 'a', value: 'a', headers: {} }] });
  const stop = new AbortController();
  const measured = Promise.withResolvers<readonly PartitionLag[]>();
  const ended = runConsumer({
    settings,
    group: uniqueName('group'),
    topics: [topic],
    fromBeginning: false,
    onBatch: async () => undefined,
    onLag: (lags) => {
      if (lags.length > 0) measured.resolve(lags);
    },
    patience: { measureMs: 100 },
    signal: stop.signal,
    logger: silentLog,
  });
  expect(await measured.promise).toEqual([{ topic, partition: 0, lag: 0 }]);
  stop.abort();
  await ended;
});
