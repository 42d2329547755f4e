import { expect, inject, it } from 'vitest';
import { type RelayBench, relayBench, until } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { Uncaught } from './uncaught.ts';
import { settled, verdictOn } from './verdict.ts';

const PARTITIONS = 4;
/** A statement has failed after half of the lease. */
const settings = { leaseMs: 2_000, leaseMarginMs: 100, heartbeatMs: 200, sendTimeoutMs: 500 };

function through(proxy: TcpProxy, url: string): string {
  const changed = new URL(url);
  changed.port = String(proxy.port);
  return changed.href;
}

async function plantEach({ admin, topic }: RelayBench, version: number): Promise<void> {
  const events = Array.from({ length: 200 }, (_, at) => ({ key: `k${at}`, version }));
  await plant(admin, topic, PARTITIONS, events);
}

it.each([
  ['lets nothing through and does not say so', { kind: 'black hole' }],
  ['resets connections in the middle of an answer', { kind: 'reset in answer', afterBytes: 150 }],
] as const)('publishes everything once the way to the database no longer %s', async (_what, mode) => {
  using uncaught = new Uncaught();
  await using bench = await relayBench(PARTITIONS);
  const { host } = new URL(inject('servers').postgresUrl);
  await using proxy = await startTcpProxy({ target: host });
  const running = bench.startRelay({
    settings,
    databaseUrl: through(proxy, bench.database.urlFor('waybill_relay')),
    kafka: { requestTimeoutMs: settings.sendTimeoutMs },
  });
  await plantEach(bench, 1);
  await settled(bench);

  await proxy.setMode(mode);
  await plantEach(bench, 2);
  await until('the session ends', () => running.events.some(({ type }) => type === 'session-ended'));
  await plantEach(bench, 3);
  await proxy.setMode({ kind: 'pass' });
  // Connections that were swallowed stay silent for ever; a real network's would be reset by now.
  proxy.cut();
  await settled(bench);
  const { broken, duplicates } = await verdictOn(bench);
  expect(broken).toEqual([]);
  expect(uncaught.errors).toEqual([]);
  // What was in flight when the answer about its progress got lost: of two rounds at most.
  expect(duplicates).toBeLessThanOrEqual(400);
});
