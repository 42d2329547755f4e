import path from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { expect, inject, test } from 'vitest';
import { freePort, startPostgres } from '../../../infra/local/index.ts';
import { bootstrapCluster } from '../../../infra/postgres/bootstrap.ts';
import { salesDatabase } from '../../../infra/postgres/roles.ts';
import { freezePostgres } from '../../../test/servers/freeze-postgres.ts';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { projectionOf, running } from './consumer.fixture.ts';
import { expectedTotals, someOrders } from './orders.fixture.ts';
import { salesMigrationOptions } from './persistence/orm-config.ts';
import { openPool } from './persistence/pool.ts';
import { eventually, readTotals } from './sales.fixture.ts';
import { committed, createTopics, publish, uniqueName } from './topics.fixture.ts';

async function startDatabase(folder: string) {
  const options = { dataDir: path.join(folder, 'pg'), port: await freePort(), progress: () => undefined };
  const server = await startPostgres({ ...options, durability: 'process' });
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [salesDatabase('waybill_sales')],
  });
  const urlFor = (role: string): string => {
    const url = new URL(server.url);
    url.username = role;
    url.password = role;
    url.pathname = '/waybill_sales';
    return url.href;
  };
  const orm = await MikroORM.init(salesMigrationOptions(urlFor('waybill_migrator')));
  await orm.migrator.up();
  await orm.close(true);
  return { server, urlFor };
}

test('given a database that hangs, batches fail and back off until it goes on, and every event counts once', async () => {
  await using folder = temporaryFolder();
  const { server, urlFor } = await startDatabase(folder.path);
  await using _ = server;
  const brokers = inject('servers').kafkaBrokers;
  const [topic, group] = [uniqueName('placed'), uniqueName('group')];
  await createTopics(brokers, [topic]);
  const settings = { size: 5, statementTimeoutMs: 300, queryTimeoutMs: 400 };
  const pool = openPool({ databaseUrl: urlFor('waybill_sales'), ...settings });
  pool.on('error', () => undefined);
  const consumer = projectionOf(brokers, { pool, group, topics: [topic], generation: 1 });
  const isCommitted = (count: number) => async () => (await committed(brokers, group, [topic])) === count;
  const [before, during] = [someOrders(20), someOrders(30)];
  const place = (orders: typeof before) =>
    publish(
      brokers,
      topic,
      orders.map(({ placed }) => placed),
    );
  {
    await using _running = running(consumer);
    await place(before);
    await eventually('the first orders are committed', isCommitted(before.length));
    const thaw = await freezePostgres(server);
    try {
      await place(during);
      await eventually('a batch gives up', () => consumer.status().failing.length > 0);
    } finally {
      thaw();
    }
    await eventually('everything is committed', isCommitted(before.length + during.length));
  }
  await pool.end();
  const standing = [...before, ...during].map(({ cancelled: _cancelled, ...order }) => order);
  expect(await readTotals(urlFor('waybill_ops'))).toEqual(expectedTotals(standing));
}, 90_000);
