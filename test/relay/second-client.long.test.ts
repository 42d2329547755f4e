import { expect, inject, it } from 'vitest';
import { countDuplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { startProxiedKafka } from '../faults/proxied-kafka.ts';
import { serviceStarter } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

/** What each client asks a broker to produce with, as the broker sees it: kafkajs knows no version above 7. */
it.each([
  ['kafkajs', 7],
  ['platformatic', 9],
])(
  'publishes through %s where the setting says so, and stops without a duplicate',
  async (client, version) => {
    await using kafka = await startProxiedKafka();
    await using bench = await relayBench(8, kafka.brokers);
    await using folder = temporaryFolder();
    const services = serviceStarter(folder.path);
    const start = () =>
      services('outbox-relay', {
        DATABASE_URL: bench.database.urlFor('waybill_relay'),
        KAFKA_BROKERS: bench.brokers.join(),
        KAFKA_CLIENT: client,
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
    expect([...kafka.proxy.produceVersions]).toEqual([version]);
  },
);
