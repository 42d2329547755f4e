import { randomUUID } from 'node:crypto';
import { createKafkaPublisher, ensureTopics, runConsumer } from '@waybill/kafka';
import { expect, test } from 'vitest';
import type { ProxyConnection } from '../faults/proxy-connection.ts';
import { startProxiedKafka } from '../faults/proxied-kafka.ts';
import { silentLog } from '../relay/silent-log.ts';

const limit = { timeout: 90_000 };

test('given a client whose connections swallow everything and say nothing, it is made anew and goes on', async () => {
  await using kafka = await startProxiedKafka();
  const { proxy, brokers } = kafka;
  const settings = { brokers, clientId: 'stale', requestTimeoutMs: 5_000 };
  const topic = `stale_${randomUUID().slice(0, 8)}`;
  await ensureTopics(settings, [{ name: topic, partitions: 1, config: {} }], silentLog);
  const publisher = createKafkaPublisher({ settings, logger: silentLog });
  const publish = (value: string) =>
    publisher.publish({ topic, partition: 0, messages: [{ key: 'k', value, headers: {} }] });
  await publish('first');

  const before = new Set(proxy.connections);
  let its: readonly ProxyConnection[] = [];
  const seen: string[] = [];
  const warnings: string[] = [];
  const lags: number[] = [];
  const stop = new AbortController();
  const ended = runConsumer({
    // It would wait for an answer for ten minutes.
    settings: { ...settings, requestTimeoutMs: 600_000 },
    group: 'stale',
    topics: [topic],
    fromBeginning: true,
    onBatch: async ({ messages }) => {
      // The watch has no connection before its first measurement.
      if (its.length === 0) its = proxy.connections.filter((one) => !before.has(one));
      seen.push(...messages.map(({ value }) => value));
    },
    onLag: (partitions) => void lags.push(...partitions.map(({ lag }) => lag)),
    patience: { sessionMs: 6_000, rebalanceMs: 6_000, progressMs: 3_000, measureMs: 3_000 },
    signal: stop.signal,
    logger: {
      ...silentLog,
      warn: (fields) => {
        if ('err' in fields) warnings.push(String(fields.err));
      },
    },
  });
  // Committed, so that no batch is in hand.
  await expect.poll(() => lags.at(-1), limit).toBe(0);
  expect([seen, its.length > 0]).toEqual([['first'], true]);
  for (const connection of its) connection.setMode({ kind: 'black hole' });
  await publish('second');

  await expect.poll(() => seen, limit).toEqual(['first', 'second']);
  // A new broker may have sent the first join away.
  expect(warnings).toContainEqual(expect.stringContaining(`no progress in ${topic}/0`));
  await expect.poll(() => lags.at(-1), limit).toBe(0);
  stop.abort();
  await ended;
  await publisher.close();
});
