import { expect, inject, it } from 'vitest';
import { relayBenchOn, until } from '../relay/bench.ts';
import { createOrderDatabase } from '../servers/databases.ts';
import { startProxiedKafka } from './proxied-kafka.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { startTraffic } from './traffic.ts';
import { settled, verdictOn } from './verdict.ts';

const PARTITIONS = 4;
const KEYS = 40;

it.each(['the broker', 'the database'] as const)(
  'publishes each event once while the way to %s is slow, and when that begins and ends',
  async (slow) => {
    await using kafka = await startProxiedKafka();
    await using database = await createOrderDatabase();
    await using bench = await relayBenchOn({ database, brokers: kafka.brokers, replicas: 1 }, PARTITIONS);
    await using way = await startTcpProxy({ target: new URL(inject('servers').postgresUrl).host });
    const url = new URL(database.urlFor('waybill_relay'));
    url.port = String(way.port);
    const running = bench.startRelay({ databaseUrl: url.href });
    await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 20 });
    await until('the traffic flows', () => traffic.committed > 5 * KEYS, 60_000);

    const proxy = slow === 'the broker' ? kafka.proxy : way;
    await proxy.setMode({ kind: 'latency', ms: 100 });
    const before = traffic.committed;
    await until('the traffic flows on', () => traffic.committed > before + 50 * KEYS, 60_000);
    await proxy.setMode({ kind: 'pass' });
    await traffic.stop();
    await settled(bench);
    expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
    expect(running.events.map(({ type }) => type)).not.toContain('session-ended');
  },
);
