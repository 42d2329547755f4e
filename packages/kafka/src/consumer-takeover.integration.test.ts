import { expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { type ConsumerState, type ReceivedBatch, runConsumer } from './consumer.ts';
import { committedOffsets, createTopic, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { silentLog } from './silent-log.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const settings = { brokers, clientId: 'takeover-test', requestTimeoutMs: 5_000 };
const limit = { timeout: 30_000 };

test('a member that does not let go of its batch does not commit over its successor, and joins again', async () => {
  const topic = await createTopic(brokers, { partitions: 1 });
  const group = uniqueName('group');
  const publisher = createKafkaPublisher({ settings, logger: silentLog });
  const publish = (value: string) =>
    publisher.publish({ topic, partition: 0, messages: [{ key: 'k', value, headers: {} }] });
  const stop = new AbortController();
  const member = (onBatch: (batch: ReceivedBatch) => Promise<void>, onState: (s: ConsumerState) => void) =>
    runConsumer({
      settings,
      group,
      topics: [topic],
      fromBeginning: true,
      onBatch,
      onState,
      // Nobody waits long for the one that does not let go.
      patience: { sessionMs: 6_000, rebalanceMs: 6_000 },
      signal: stop.signal,
      logger: silentLog,
    });
  const release = Promise.withResolvers<void>();
  const states: ConsumerState[] = [];
  let stuck = false;
  await publish('first');

  const slow = member(
    async () => {
      if (stuck) return;
      stuck = true;
      await release.promise; // deaf to its signal
    },
    (state) => states.push(state),
  );
  await expect.poll(() => stuck, limit).toBe(true);
  const successor = member(
    async () => {},
    () => {},
  );
  await expect.poll(() => committedOffsets(brokers, group, topic, 1), limit).toEqual([1n]);
  await publish('second');
  await expect.poll(() => committedOffsets(brokers, group, topic, 1), limit).toEqual([2n]);
  const joinedBefore = states.filter((state) => state === 'consuming').length;
  release.resolve();

  await expect
    .poll(() => states.filter((state) => state === 'consuming').length, limit)
    .toBeGreaterThan(joinedBefore);
  expect(await committedOffsets(brokers, group, topic, 1)).toEqual([2n]);
  stop.abort();
  await Promise.all([slow, successor, publisher.close()]);
});
