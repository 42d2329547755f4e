import { topics } from '@waybill/contracts';
import pg from 'pg';
import { expect, test } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { expectedTotals, someOrders, type TestOrder } from './orders.fixture.ts';
import { startServers } from './own-servers.fixture.ts';
import { eventually, query, readTotals } from './sales.fixture.ts';
import { ServiceProcess } from './service-process.fixture.ts';
import { committed, publish } from './topics.fixture.ts';

/** The service as it is deployed, with servers of its own: its topics have fixed names, and its database dies. */

const names = topics.map(({ name }) => name);
const eventsOf = (orders: readonly TestOrder[]): number =>
  orders.reduce((sum, { cancelled }) => sum + (cancelled ? 2 : 1), 0);

/** Holds up every batch that has something to add, until the returned function is called. */
async function lockTotals(urlFor: (role: string) => string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: urlFor('waybill_migrator') });
  client.on('error', () => undefined); // it may go down with the server
  await client.connect();
  await client.query('begin');
  await client.query('lock table buyer_totals in exclusive mode');
  return async () => {
    await client.query('commit');
    await client.end();
  };
}

async function batchWaits(urlFor: (role: string) => string): Promise<boolean> {
  const waiting = `select from pg_stat_activity where usename = 'waybill_sales' and wait_event_type = 'Lock'`;
  return (await query(urlFor('postgres'), waiting)).length > 0;
}

test('given the service as a process, it outlives its database, stops in good order and goes on where it was', async () => {
  await using folder = temporaryFolder();
  await using servers = await startServers(folder.path);
  const { brokers, urlFor } = servers;
  const env = {
    DATABASE_URL: urlFor('waybill_sales'),
    KAFKA_BROKERS: brokers.join(','),
    WAYBILL_ENV: 'production',
    LOG_LEVEL: 'debug',
  };
  const place = async (orders: readonly TestOrder[]): Promise<void> => {
    await publish(
      brokers,
      'order_cancelled',
      orders.flatMap(({ cancelled }) => cancelled ?? []),
    );
    await publish(
      brokers,
      'order_placed',
      orders.map(({ placed }) => placed),
    );
  };
  const allCommitted = (orders: readonly TestOrder[]) => async () =>
    (await committed(brokers, 'sales-projection', names)) === eventsOf(orders);
  const totals = () => readTotals(urlFor('waybill_ops'));
  const [early, duringOutage, atTheEnd] = [someOrders(60), someOrders(50), someOrders(40)];

  await using service = new ServiceProcess(env, await freePort());
  await eventually('the service is ready', async () => (await service.readiness()) === 200);
  await place(early);
  await eventually('the first orders are committed', allCommitted(early));
  expect(await totals()).toEqual(expectedTotals(early));

  // The database goes away under a batch in flight and stays away.
  await lockTotals(urlFor);
  await place(duringOutage);
  await eventually('a batch waits', () => batchWaits(urlFor));
  await servers.killPostgres();
  await eventually('readiness tells', async () => (await service.readiness()) === 503);
  await eventually('a batch fails', () =>
    service.messages.includes('A batch failed and will be delivered again'),
  );
  expect(await service.liveness()).toBe(200);
  // Cancellations that came early need no totals, so they could be kept before the end; no placing could.
  const kept = duringOutage.filter(({ cancelled }) => cancelled).length;
  expect(await committed(brokers, 'sales-projection', names)).toBeLessThanOrEqual(eventsOf(early) + kept);
  await servers.startPostgres();
  await eventually('the outage is caught up', allCommitted([...early, ...duringOutage]));
  await eventually('the service is ready again', async () => (await service.readiness()) === 200);
  expect(await totals()).toEqual(expectedTotals([...early, ...duringOutage]));

  const unlock = await lockTotals(urlFor);
  const before = await committed(brokers, 'sales-projection', names);
  await place(atTheEnd);
  await eventually('a batch waits', () => batchWaits(urlFor));
  service.signal('SIGTERM');
  await eventually('the service heard it', () => service.messages.includes('closing'));
  await unlock();
  expect(await service.exited()).toEqual([0, null]);
  expect(service.messages.at(-1)).toBe('closed');
  expect(service.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  expect(await committed(brokers, 'sales-projection', names)).toBeGreaterThan(before);
  const gates = 'select key, version, applied_at from ops_gate where key = any ($1) order by key';
  const earlyKeys = [early.map(({ placed }) => placed.key)];
  const gatesBefore = await query(urlFor('waybill_ops'), gates, earlyKeys);

  await using again = new ServiceProcess(env, await freePort());
  const everything = [...early, ...duringOutage, ...atTheEnd];
  await eventually('everything is committed', allCommitted(everything));
  expect(await totals()).toEqual(expectedTotals(everything));
  expect(await query(urlFor('waybill_ops'), gates, earlyKeys)).toEqual(gatesBefore);
  await eventually('the next one is ready', async () => (await again.readiness()) === 200);
  // It left the group in good order, so nothing that it had done came again.
  expect(await again.status()).toMatchObject({ state: 'consuming', failing: [], sinceStart: { skipped: 0 } });

  // An event that no repetition mends is a dead letter, which shows; the others of its partition go on.
  const after = someOrders(6);
  const [poisoned] = someOrders(1);
  if (poisoned) await publish(brokers, 'order_placed', [{ ...poisoned.placed, payload: 'no JSON' }]);
  await place(after);
  await eventually('the dead letter shows, and that its copy is published', async () => {
    const status = JSON.stringify(await again.status());
    return status.includes('"deadLetters":{"waiting":1,"uncopied":0}');
  });
  await eventually('the others are counted', async () => {
    return JSON.stringify(await totals()) === JSON.stringify(expectedTotals([...everything, ...after]));
  });
  expect(await again.status()).toMatchObject({
    state: 'consuming',
    failing: [],
    stored: { stopped: [{ key: poisoned?.placed.key, version: 1, reason: 'poison' }] },
  });
  again.signal('SIGINT');
  expect(await again.exited()).toEqual([0, null]);
}, 120_000);
