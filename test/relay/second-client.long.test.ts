import { readTopic } from '@waybill/kafka';
import { expect, inject, it } from 'vitest';
import { inLogOrder } from '../checker/facts.ts';
import { countDuplicates, judge, type KafkaRecord, readOutbox, readRecords } from '../checker/index.ts';
import { startProxiedKafka } from '../faults/proxied-kafka.ts';
import { serviceStarter } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';
import { silentLog } from './silent-log.ts';

/** The first `count` records that kafkajs reads of the topic. The checker reads with @platformatic/kafka. */
async function readByKafkajs({ brokers, topic }: RelayBench, count: number): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  const enough = new AbortController();
  await readTopic({
    settings: { brokers, clientId: 'second-reader', requestTimeoutMs: 5_000 },
    topic,
    from: 'beginning',
    onReady: () => undefined,
    async onMessage(partition, { offset, key, value, headers }) {
      records.push({
        topic,
        partition,
        offset,
        key: Buffer.from(key),
        value: Buffer.from(value),
        headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
      });
      if (records.length === count) enough.abort();
    },
    signal: AbortSignal.any([enough.signal, AbortSignal.timeout(30_000)]),
    logger: silentLog,
  });
  return records;
}

/** What each client asks a broker to produce with, as the broker sees it: kafkajs knows no version above 7. */
it.each<[string, Readonly<Record<string, string>>, number]>([
  ['kafkajs where no setting says otherwise', {}, 7],
  ['platformatic where the setting says so', { KAFKA_CLIENT: 'platformatic' }, 9],
])('publishes through %s, and stops without a duplicate', async (_, setting, version) => {
  await using kafka = await startProxiedKafka();
  await using bench = await relayBench(8, kafka.brokers);
  await using folder = temporaryFolder();
  const services = serviceStarter(folder.path);
  const start = () =>
    services('outbox-relay', {
      DATABASE_URL: bench.database.urlFor('waybill_relay'),
      KAFKA_BROKERS: bench.brokers.join(),
      ...setting,
      REDIS_URL: inject('servers').redisUrl,
    });
  const allPublished = () =>
    until('everything is published', async () => (await pendingEvents(bench.admin)) === 0, 20_000);
  const events = (of: number) =>
    Array.from({ length: 300 }, (_, index) => ({ key: `k${index}`, version: of }));
  await using first = await start();
  await plant(bench.admin, bench.topic, 8, events(1));
  await allPublished();

  await plant(bench.admin, bench.topic, 8, events(2));
  await first.stop();
  await using _second = await start();
  await allPublished();

  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect(countDuplicates(records).total).toBe(0);
  expect(records).toHaveLength(600);
  // A library that writes and reads with the same mistake would not see it.
  expect(inLogOrder(await readByKafkajs(bench, records.length))).toEqual(inLogOrder(records));
  expect([...kafka.proxy.produceVersions]).toEqual([version]);
});
