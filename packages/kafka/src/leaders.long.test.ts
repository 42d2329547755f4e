import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, type LocalServer, startKafka } from '../../../infra/local/index.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { clients, openPublisher } from './clients.fixture.ts';
import { runConsumer } from './consumer.ts';
import { uniqueName } from './other-client.fixture.ts';
import { silentLog } from './silent-log.fixture.ts';

const clusterId = 'Wb3Kc0de0000000000000A';

describe('a cluster of three brokers', () => {
  const folder = temporaryFolder();
  let nodes: LocalServer[];
  let brokers: string[];

  beforeAll(async () => {
    const controllerPorts = [await freePort(), await freePort(), await freePort()];
    const voters = controllerPorts.map((port, i) => `${i + 1}@127.0.0.1:${port}`);
    nodes = await Promise.all(
      controllerPorts.map(async (controllerPort, i) =>
        startKafka({
          dataDir: join(folder.path, `kafka-${i + 1}`),
          port: await freePort(),
          progress: () => {},
          node: { id: i + 1, controllerPort, voters, clusterId },
        }),
      ),
    );
    brokers = nodes.map(({ url }) => url);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await folder[Symbol.asyncDispose]();
  });

  test('teaches publishers and consumers a moved leader while another partition has none', async () => {
    const runs = await Promise.all(
      clients.map(async (client) => {
        const topic = await createAssignedTopic(brokers, [[3], [1]]);
        const publisher = openPublisher(client, { brokers });
        const publish = (partition: number, value: string) =>
          publisher.publish({ topic, partition, messages: [{ key: value, value, headers: {} }] });
        await expect
          .poll(() => publish(0, 'first').then(() => 'written', String), { timeout: 20_000 })
          .toBe('written');
        await expect
          .poll(() => publish(1, 'first').then(() => 'written', String), { timeout: 20_000 })
          .toBe('written');
        const safe = await createAssignedTopic(brokers, [[1, 3]], 2);
        const batch = { topic: safe, partition: 0, messages: [{ key: 'k', value: 'safe', headers: {} }] };
        const publishSafely = () => publisher.publish(batch);
        await expect
          .poll(() => publishSafely().then(() => 'written', String), { timeout: 20_000 })
          .toBe('written');
        return { topic, publisher, publish, publishSafely };
      }),
    );
    await using _publishers = {
      [Symbol.asyncDispose]: async () =>
        void (await Promise.all(runs.map(({ publisher }) => publisher.close()))),
    };
    const consumed = runs[0]?.topic ?? '';
    await using early = consume(brokers, consumed);
    await expect.poll(() => early.places, { timeout: 20_000 }).toContain('1=first');

    await nodes[2]?.stop();
    await Promise.all(
      runs.map(async ({ topic, publisher, publish, publishSafely }) => {
        await expect
          .poll(() => failureOf(publish(0, 'second')), { timeout: 10_000 })
          .toBe('LEADER_NOT_AVAILABLE');
        // What one replica alone has is not called written.
        await expect
          .poll(() => failureOf(publishSafely()), { timeout: 20_000 })
          .toMatch(/^NOT_ENOUGH_REPLICAS/);
        await moveReplica(brokers.slice(0, 2), topic, 1, 2);

        // The first one is told that it asks the wrong broker, and learns the right one, as soon as whoever it asks knows.
        expect(await failureOf(publish(1, 'second'))).toBe('NOT_LEADER_OR_FOLLOWER');
        await expect
          .poll(() => publish(1, 'second').catch(String), { timeout: 5_000 })
          .toEqual({ baseOffset: 1n });
        const started = performance.now();
        expect(await failureOf(publish(0, 'second'))).toBe('LEADER_NOT_AVAILABLE');
        expect(performance.now() - started).toBeLessThan(5_000);
        // Whichever broker a probe asks first, the one that is down included.
        for (let i = 0; i < 3; i += 1) await publisher.probe(topic);
        await expect(publish(1, 'third')).resolves.toEqual({ baseOffset: 2n });
      }),
    );
    // One that was reading before, and one that has no offset yet for the partition without a leader.
    await using late = consume(brokers, consumed);
    const expected = ['1=first', '1=second', '1=third'];
    for (const { places } of [early, late]) {
      await expect
        .poll(() => [...new Set(places)].filter((p) => p.startsWith('1=')), { timeout: 20_000 })
        .toEqual(expected);
    }
  });
});

/** Consumes in a group of its own; `places` grows by `<partition>=<value>`. */
function consume(brokers: string[], topic: string) {
  const places: string[] = [];
  const stop = new AbortController();
  const ended = runConsumer({
    settings: { brokers, clientId: 'leaders-test', requestTimeoutMs: 5_000 },
    group: uniqueName('group'),
    topics: [topic],
    fromBeginning: true,
    onBatch: async ({ partition, messages }) =>
      void places.push(...messages.map(({ value }) => `${partition}=${value}`)),
    signal: stop.signal,
    logger: silentLog,
  });
  return {
    places,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

function disposable<T extends { close(): Promise<void> }>(resource: T): T & AsyncDisposable {
  return Object.assign(resource, { [Symbol.asyncDispose]: () => resource.close() });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : String(error)),
  );
}

/** @param replicas the broker ids of each partition's replicas, the leader first */
async function createAssignedTopic(brokers: string[], replicas: number[][], minInSync = 1): Promise<string> {
  const topic = uniqueName();
  await using admin = disposable(new Admin({ clientId: 'test', bootstrapBrokers: brokers }));
  await admin.createTopics({
    topics: [{ topic, assignments: replicas.map((ids, partition) => ({ partition, brokers: ids })) }],
    partitions: -1,
    replicas: -1,
    configs: [{ name: 'min.insync.replicas', value: String(minInSync) }],
  });
  return topic;
}

/** Resolves when the partition lies on `broker` alone, which is then its leader. */
async function moveReplica(
  brokers: string[],
  topic: string,
  partition: number,
  broker: number,
): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers, clientId: 'test', logLevel: 0 }).admin();
  await admin.connect();
  try {
    await admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: [{ partition, replicas: [broker] }] }],
    });
    await expect
      .poll(
        async () => {
          const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
          return topics[0]?.partitions.find(({ partitionId }) => partitionId === partition)?.leader;
        },
        { timeout: 10_000 },
      )
      .toBe(broker);
  } finally {
    await admin.disconnect();
  }
}
