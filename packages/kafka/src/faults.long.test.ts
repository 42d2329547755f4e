import type { PublishBatch } from '@waybill/outbox/publisher';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, type LocalServer, startKafka } from '../../../infra/local/index.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { type Client, clients, openPublisher } from './clients.fixture.ts';
import { runConsumer } from './consumer.ts';
import {
  createTopic,
  type ReadMessage,
  readMessages,
  topicServed,
  uniqueName,
} from './other-client.fixture.ts';
import { silentLog } from './silent-log.fixture.ts';

const requestTimeoutMs = 1_500;

function batch(topic: string, partition: number, value: string): PublishBatch {
  return { topic, partition, messages: [{ key: value, value, headers: {} }] };
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}

/** Consumes until it is disposed of; `values` grows. */
function consume(brokers: string[], topic: string) {
  const values: string[] = [];
  const stop = new AbortController();
  const ended = runConsumer({
    settings: { brokers, clientId: 'faults-test', requestTimeoutMs },
    group: uniqueName('group'),
    topics: [topic],
    fromBeginning: true,
    onBatch: async ({ messages }) => void values.push(...messages.map(({ value }) => value)),
    signal: stop.signal,
    logger: silentLog,
  });
  return {
    values,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/** What a client of each kind does in the same moment: a broker fails for all of them at once. */
async function withEach<T>(work: (client: Client) => Promise<T>): Promise<T[]> {
  return Promise.all(clients.map(work));
}

describe('a broker that fails', () => {
  const folder = temporaryFolder();
  let kafka: LocalServer;
  let brokers: string[];

  async function start(port: number): Promise<void> {
    kafka = await startKafka({ dataDir: `${folder.path}/kafka`, port, progress: () => {} });
    brokers = [kafka.url];
  }

  beforeAll(async () => start(await freePort()));
  afterAll(async () => {
    kafka.signal('SIGCONT');
    await kafka.stop();
    await folder[Symbol.asyncDispose]();
  });

  async function openRun(client: Client, timeoutMs = requestTimeoutMs) {
    const topic = await createTopic(brokers, { partitions: 2 });
    const publisher = openPublisher(client, { brokers, requestTimeoutMs: timeoutMs });
    await publisher.publish(batch(topic, 0, 'before'));
    return { client, topic, publisher, [Symbol.asyncDispose]: () => publisher.close() };
  }

  test('frozen: a publish rejects within the request timeout, and goes on when it thaws', async () => {
    const runs = await withEach((client) => openRun(client));
    kafka.signal('SIGSTOP');

    const started = performance.now();
    const frozen = await Promise.all(
      runs.map(async ({ topic, publisher }) => [
        ...(await Promise.allSettled([
          publisher.publish(batch(topic, 0, 'frozen')),
          publisher.publish(batch(topic, 1, 'frozen')),
        ])),
        // The second one needs a new connection, whose first request gets no answer either.
        ...(await Promise.allSettled([publisher.publish(batch(topic, 0, 'frozen')), publisher.probe(topic)])),
      ]),
    );
    const took = performance.now() - started;
    kafka.signal('SIGCONT');

    for (const outcome of frozen.flat()) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { reach: 'unreachable', code: 'REQUEST_TIMEOUT', retriable: true },
      });
    }
    expect(took).toBeLessThan(2 * requestTimeoutMs + 1_500);
    for (const { client, topic, publisher } of runs) {
      await expect(publisher.publish(batch(topic, 0, 'after'))).resolves.toBeDefined();
      // The broker had the first attempt in its socket when it froze, and takes it from there before or after the one
      // that comes over a new connection; the one that only connected was never sent.
      const read = await readMessages(brokers, topic, 3);
      expect({ client, values: valuesOf(read, 0).toSorted() }).toEqual({
        client,
        values: ['after', 'before', 'frozen'],
      });
      await publisher.close();
    }
  });

  test('gone: a publish rejects at once; back: publisher and consumer go on', async () => {
    const runs = await withEach((client) => openRun(client));
    const [consumed = ''] = runs.map(({ topic }) => topic);
    await using consumer = consume(brokers, consumed);
    await expect.poll(() => consumer.values, { timeout: 20_000 }).toEqual(['before']);
    kafka.signal('SIGKILL');
    await kafka.exited;

    for (const { topic, publisher } of runs) {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        await expect(publisher.publish(batch(topic, 0, 'gone'))).rejects.toMatchObject({
          reach: 'unreachable',
          retriable: true,
        });
      }
      await expect(publisher.probe(topic)).rejects.toMatchObject({
        reach: 'unreachable',
        code: 'ECONNREFUSED',
      });
    }

    await start(kafka.port);
    for (const { topic, publisher } of runs) {
      await topicServed(brokers, topic, 2);
      await publisher.probe(topic);
      await expect(publisher.publish(batch(topic, 0, 'back'))).resolves.toEqual({ baseOffset: 1n });
      await publisher.close();
    }
    // After a kill the group's offsets are there or not; what was not committed comes once more.
    await expect.poll(() => [...new Set(consumer.values)], { timeout: 30_000 }).toEqual(['before', 'back']);
  });

  test('frozen: close() and a consumer’s stop end in time and leave no connection behind', async () => {
    const runs = await withEach((client) => openRun(client, 20_000));
    const [consumed = ''] = runs.map(({ topic }) => topic);
    const consumer = consume(brokers, consumed);
    await expect.poll(() => consumer.values, { timeout: 20_000 }).toEqual(['before']);
    kafka.signal('SIGSTOP');
    const underWay = Promise.allSettled(
      runs.flatMap(({ topic, publisher }) => [
        publisher.publish(batch(topic, 0, 'cut off')),
        publisher.publish(batch(topic, 1, 'not even sent')),
        publisher.probe(topic),
      ]),
    );

    const started = performance.now();
    await Promise.all(runs.map(({ publisher }) => publisher.close()));
    const took = performance.now() - started;
    await consumer[Symbol.asyncDispose]();
    const stopTook = performance.now() - started - took;
    kafka.signal('SIGCONT');

    for (const outcome of await underWay) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'PUBLISHER_CLOSED' } });
    }
    expect(took).toBeLessThan(5_000);
    expect(stopTook).toBeLessThan(6_000);
    await expect.poll(openSockets).toBe(0);
  });
});

function valuesOf(read: readonly ReadMessage[], partition: number): string[] {
  return read.filter((message) => message.partition === partition).map(({ value }) => value);
}
