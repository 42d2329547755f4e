import { expect, inject, it } from 'vitest';
import { freePort, type LocalServer } from '../../infra/local/index.ts';
import { scrape } from '../servers/scrape.ts';
import { serviceStarter } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { plant } from './outbox-rows.ts';

const PARTITIONS = 4;
const events = Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, version: 1 }));

async function health(relay: LocalServer): Promise<number[]> {
  return await Promise.all(
    ['livez', 'readyz'].map(async (path) => (await fetch(`${relay.url}/${path}`)).status),
  );
}

function relayEnvironment(bench: RelayBench, brokers: readonly string[]) {
  return {
    DATABASE_URL: bench.database.urlFor('waybill_relay'),
    KAFKA_BROKERS: brokers.join(),
    REDIS_URL: inject('servers').redisUrl,
  };
}

it('shows what waits while there is no broker, and what was published once there is one', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using folder = temporaryFolder();
  const start = serviceStarter(folder.path);
  const of = (name: string): string => `waybill_${name}{topic="${bench.topic}"}`;
  const cutOff = await start('outbox-relay', relayEnvironment(bench, [`127.0.0.1:${await freePort()}`]));
  await using _cutOff = cutOff;
  let seen = await scrape(cutOff);
  expect(seen.get(of('outbox_pending_events'))).toBe(0);
  expect(seen.get(of('outbox_oldest_pending_age_seconds'))).toBe(0);
  expect(seen.get(of('outbox_parked_events'))).toBe(0);
  expect(seen.get(of('relay_published_events_total'))).toBe(0);
  expect(seen.get('waybill_relay_ready')).toBe(1);
  expect(seen.get('waybill_relay_progress_limit_seconds')).toBe(31);

  await plant(bench.admin, bench.topic, PARTITIONS, events);
  await until('all lanes back off, and it is seen', async () => {
    seen = await scrape(cutOff);
    return (
      seen.get('waybill_relay_lanes_backing_off') === PARTITIONS &&
      seen.get(of('outbox_pending_events')) === events.length
    );
  });
  expect(seen.get(of('outbox_oldest_pending_age_seconds'))).toBeGreaterThan(0);
  expect(seen.get(of('outbox_unowned_lanes'))).toBe(0);
  expect(
    seen.get(`waybill_relay_backoffs_total{topic="${bench.topic}",class="unreachable"}`),
  ).toBeGreaterThanOrEqual(PARTITIONS);
  expect(seen.get('waybill_relay_lease_changes_total{kind="granted"}')).toBe(PARTITIONS);
  expect(await health(cutOff)).toEqual([200, 200]);
  await cutOff.stop();

  await using working = await start('outbox-relay', relayEnvironment(bench, bench.brokers));
  await until('everything is published, and it is seen', async () => {
    seen = await scrape(working);
    return (
      seen.get(of('relay_published_events_total')) === events.length &&
      seen.get(of('outbox_pending_events')) === 0 &&
      // A scrape reads its series one after the other: what is acknowledged meanwhile is in the later ones only.
      seen.has(of('relay_publish_duration_seconds_count')) &&
      seen.get('waybill_relay_events_in_flight') === 0
    );
  });
  expect(seen.get(of('outbox_oldest_pending_age_seconds'))).toBe(0);
  expect(seen.get(of('relay_publish_duration_seconds_count'))).toBeGreaterThanOrEqual(PARTITIONS);
  for (const phase of ['read', 'send', 'commit']) {
    expect(seen.get(`waybill_relay_cycle_phase_duration_seconds_count{phase="${phase}"}`)).toBeGreaterThan(0);
  }
  expect(seen.get('waybill_relay_lanes_held')).toBe(PARTITIONS);
  expect(seen.get('waybill_relay_lanes_backing_off')).toBe(0);
  expect(seen.get('waybill_relay_events_in_flight')).toBe(0);
  expect(seen.get('waybill_relay_source_epoch')).toBe(1);
  expect(seen.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(await health(working)).toEqual([200, 200]);
});
