import type { OutgoingMessage } from '@waybill/outbox/publisher';
import { afterAll, describe, expect, inject, test } from 'vitest';
import '../../../test/servers/provided.ts';
import { type ConsumerOptions, type FailingPartition, type ReceivedBatch, runConsumer } from './consumer.ts';
import { committedOffsets, createTopic, uniqueName } from './other-client.fixture.ts';
import { createKafkaPublisher } from './publisher.ts';
import { silentLog } from './silent-log.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const settings = { brokers, clientId: 'consumer-test', requestTimeoutMs: 5_000 };
const publisher = createKafkaPublisher({ settings, logger: silentLog });
afterAll(() => publisher.close());

const limit = { timeout: 20_000 };

function numbered(from: number, count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `k${from + i}`,
    value: String(from + i),
    headers: { ce_id: `${from + i}:1` },
  }));
}

/** Runs a consumer until the end of the test. */
function consume(options: Pick<ConsumerOptions, 'group' | 'topics' | 'onBatch' | 'onFailing'>) {
  const stop = new AbortController();
  const ended = runConsumer({
    settings,
    fromBeginning: true,
    signal: stop.signal,
    logger: silentLog,
    ...options,
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

const valuesOf = (batches: readonly ReceivedBatch[], partition: number): string[] =>
  batches.filter((b) => b.partition === partition).flatMap(({ messages }) => messages.map((m) => m.value));

const upTo = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

describe('a consumer', () => {
  test('gets every message of a partition in order, with offset, key, headers and time, and commits after', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });
    const group = uniqueName('group');
    const before = Date.now();
    await publisher.publish({ topic, partition: 0, messages: numbered(0, 30) });
    await publisher.publish({ topic, partition: 1, messages: numbered(0, 5) });
    const batches: ReceivedBatch[] = [];
    {
      await using _ = consume({ group, topics: [topic], onBatch: async (batch) => void batches.push(batch) });
      await expect
        .poll(() => [valuesOf(batches, 0), valuesOf(batches, 1)], limit)
        .toEqual([upTo(30), upTo(5)]);
      await expect.poll(() => committedOffsets(brokers, group, topic, 2), limit).toEqual([30n, 5n]);
    }

    const first = batches.find(({ partition }) => partition === 0)?.messages[0];
    expect(first).toMatchObject({ offset: 0n, key: 'k0', value: '0', headers: { ce_id: '0:1' } });
    expect(first?.timestamp).toBeGreaterThanOrEqual(before);
    expect(first?.timestamp).toBeLessThanOrEqual(Date.now());
  });

  test('goes on where it stopped, in another process of the same group', async () => {
    const topic = await createTopic(brokers, { partitions: 1 });
    const group = uniqueName('group');
    for (const round of [0, 1, 2]) {
      const batches: ReceivedBatch[] = [];
      await publisher.publish({ topic, partition: 0, messages: numbered(round * 10, 10) });
      await using _ = consume({ group, topics: [topic], onBatch: async (batch) => void batches.push(batch) });
      await expect.poll(() => valuesOf(batches, 0).length, limit).toBe(10);
      expect(valuesOf(batches, 0)[0]).toBe(String(round * 10));
      await expect
        .poll(() => committedOffsets(brokers, group, topic, 1), limit)
        .toEqual([BigInt(round * 10 + 10)]);
    }
  });

  test('delivers a batch again that its handler rejected, skips nothing, and lets the neighbour go on', async () => {
    const topic = await createTopic(brokers, { partitions: 2 });
    const group = uniqueName('group');
    await publisher.publish({ topic, partition: 0, messages: numbered(0, 3) });
    const seen: ReceivedBatch[] = [];
    const done: ReceivedBatch[] = [];
    let failing: readonly FailingPartition[] = [];
    let broken = true;
    await using _ = consume({
      group,
      topics: [topic],
      onBatch: async (batch) => {
        seen.push(batch);
        if (batch.partition === 0 && broken) throw new RangeError('the database is away');
        done.push(batch);
      },
      onFailing: (partitions) => {
        failing = partitions;
      },
    });

    await expect.poll(() => seen.length, limit).toBeGreaterThanOrEqual(3);
    await publisher.publish({ topic, partition: 1, messages: numbered(0, 4) });
    await publisher.publish({ topic, partition: 0, messages: numbered(3, 3) });
    await expect.poll(() => valuesOf(done, 1), limit).toEqual(upTo(4));
    expect(valuesOf(done, 0)).toEqual([]);
    expect(await committedOffsets(brokers, group, topic, 2)).toEqual([-1n, 4n]);
    const [failed, ...others] = failing;
    expect([failed, others]).toMatchObject([{ topic, partition: 0, offset: '0', error: 'RangeError' }, []]);
    expect(failed?.failures).toBeGreaterThanOrEqual(3);
    broken = false;

    await expect.poll(() => valuesOf(done, 0), limit).toEqual(upTo(6));
    await expect.poll(() => committedOffsets(brokers, group, topic, 2), limit).toEqual([6n, 4n]);
    expect(failing).toEqual([]);
    const firstOfEach = seen.filter(({ partition }) => partition === 0).map((b) => b.messages[0]?.offset);
    expect(firstOfEach.slice(0, 3)).toEqual([0n, 0n, 0n]);
  });

  test('hands partitions over to a second member without losing or committing foreign ones', async () => {
    const topic = await createTopic(brokers, { partitions: 4 });
    const group = uniqueName('group');
    const byMember: ReceivedBatch[][] = [[], []];
    const member = (i: number) =>
      consume({ group, topics: [topic], onBatch: async (batch) => void byMember[i]?.push(batch) });
    const publishAll = (from: number) =>
      Promise.all(
        [0, 1, 2, 3].map((partition) =>
          publisher.publish({ topic, partition, messages: numbered(from, 10) }),
        ),
      );

    await using _first = member(0);
    await publishAll(0);
    await expect.poll(() => byMember[0]?.flatMap(({ messages }) => messages).length, limit).toBe(40);
    {
      await using _second = member(1);
      let round = 1;
      await expect
        .poll(async () => {
          await publishAll(round * 10);
          round += 1;
          return new Set(byMember[1]?.map(({ partition }) => partition)).size;
        }, limit)
        .toBe(2);
      const published = BigInt(round * 10);
      await expect
        .poll(() => committedOffsets(brokers, group, topic, 4), limit)
        .toEqual([published, published, published, published]);
    }
    await publishAll(1_000);

    const all = () => byMember.flat();
    await expect
      .poll(() => [0, 1, 2, 3].map((p) => valuesOf(all(), p).includes('1009')), limit)
      .toEqual([true, true, true, true]);
    for (const partition of [0, 1, 2, 3]) {
      const messages = all()
        .filter((b) => b.partition === partition)
        .flatMap((b) => b.messages);
      const offsets = new Set(messages.map(({ offset }) => offset));
      expect(offsets.size).toBe(Math.max(...[...offsets].map(Number)) + 1);
    }
  });

  test('comes round again and again, with a broker and without one', async () => {
    const topic = await createTopic(brokers, { partitions: 1 });
    for (const where of [brokers, ['127.0.0.1:1']]) {
      const stop = new AbortController();
      let rounds = 0;
      const ended = runConsumer({
        settings: { ...settings, brokers: where },
        group: uniqueName('group'),
        topics: [topic],
        fromBeginning: true,
        onBatch: async () => undefined,
        onRound: () => {
          rounds += 1;
        },
        patience: { measureMs: 100 },
        signal: stop.signal,
        logger: silentLog,
      });
      await expect.poll(() => rounds, limit).toBeGreaterThan(2);
      stop.abort();
      await ended;
    }
  });

  test('waits for a topic that does not exist yet, and stops at once meanwhile', async () => {
    const topic = uniqueName();
    const batches: ReceivedBatch[] = [];
    const warnings: string[] = [];
    const stop = new AbortController();
    const ended = runConsumer({
      settings,
      group: uniqueName('group'),
      topics: [topic],
      fromBeginning: true,
      onBatch: async (batch) => void batches.push(batch),
      signal: stop.signal,
      logger: { ...silentLog, warn: (fields) => void warnings.push(JSON.stringify(fields)) },
    });
    await expect.poll(() => warnings.length, limit).toBeGreaterThanOrEqual(2);
    expect(warnings[0]).toContain('UNKNOWN_TOPIC_OR_PARTITION');

    await createTopic(brokers, { name: topic, partitions: 1 });
    await publisher.publish({ topic, partition: 0, messages: numbered(0, 2) });
    await expect.poll(() => valuesOf(batches, 0), limit).toEqual(upTo(2));
    const started = performance.now();
    stop.abort();
    await ended;
    expect(performance.now() - started).toBeLessThan(6_000);
  });
});
