import { expect, inject, it } from 'vitest';
import { type RelayBench, relayBench, until } from '../relay/bench.ts';
import { plant } from '../relay/outbox-rows.ts';
import { type RelayAtRisk, startRelayAtRisk } from '../stress/relay-at-risk.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { Uncaught } from './uncaught.ts';
import { settled, verdictWithRisks } from './verdict.ts';

const PARTITIONS = 4;
/** A statement has failed after half of the lease. */
const settings = { leaseMs: 2_000, leaseMarginMs: 100, heartbeatMs: 200, sendTimeoutMs: 500 };

/** On the way to PostgreSQL alone: Kafka is reached straight. */
async function startRelayBehind(proxy: TcpProxy, bench: RelayBench): Promise<RelayAtRisk> {
  const url = new URL(bench.database.urlFor('waybill_relay'));
  url.port = String(proxy.port);
  const relay = startRelayAtRisk(bench, {
    settings,
    databaseUrl: url.href,
    kafka: { requestTimeoutMs: settings.sendTimeoutMs },
  });
  await plantEach(bench, 1);
  await settled(bench);
  return relay;
}

function startDatabaseProxy(): Promise<TcpProxy> {
  return startTcpProxy({ target: new URL(inject('servers').postgresUrl).host });
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
  await using proxy = await startDatabaseProxy();
  const { running, atRisk } = await startRelayBehind(proxy, bench);

  await proxy.setMode(mode);
  await plantEach(bench, 2);
  await until('the session ends', () => running.events.some(({ type }) => type === 'session-ended'));
  await plantEach(bench, 3);
  await proxy.setMode({ kind: 'pass' });
  // Connections that were swallowed stay silent for ever; a real network's would be reset by now.
  proxy.cut();
  await settled(bench);
  expect((await verdictWithRisks(bench, [atRisk])).broken).toEqual([]);
  expect(uncaught.errors).toEqual([]);
});

it('repeats nothing of which the progress is committed, though it hears of no commit', async () => {
  using uncaught = new Uncaught();
  await using bench = await relayBench(PARTITIONS);
  await using proxy = await startDatabaseProxy();
  const { running, atRisk } = await startRelayBehind(proxy, bench);

  await proxy.setMode({ kind: 'lose commit answers', of: 'outbox-advance-lanes' });
  for (let round = 1; round <= 3; round += 1) {
    await plantEach(bench, 1 + round);
    await settled(bench);
    await until('nobody hears of that', () => proxy.lostAnswers >= round);
  }
  await proxy.setMode({ kind: 'pass' });
  await plantEach(bench, 5);
  await settled(bench);
  expect((await verdictWithRisks(bench, [atRisk])).broken).toEqual([]);
  expect(running.events.map(({ type }) => type)).toContain('session-back');
  expect(uncaught.errors).toEqual([]);
});
