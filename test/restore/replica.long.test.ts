import path from 'node:path';
import { expect, inject, it } from 'vitest';
import { runMigrations } from '../../infra/postgres/migrate.ts';
import { startApiProcesses } from '../../services/order-api/src/testing/api-processes.ts';
import { newId } from '../../services/order-api/src/testing/examples.ts';
import { until } from '../relay/bench.ts';
import '../servers/provided.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { movingAddress } from './moving-address.ts';
import { baseBackup, makeDatabases, startCluster } from './own-cluster.ts';

it('reports are read from a replica: late with it, away with it, back with it, and nothing else is', async () => {
  await using folder = temporaryFolder();
  const place = (name: string): string => path.join(folder.path, name);
  await using first = await startCluster(place('first'));
  await makeDatabases(first);
  const sales = new URL(first.urlFor('waybill_migrator'));
  sales.pathname = '/waybill_sales';
  await runMigrations({ orders: first.urlFor('waybill_migrator'), sales: sales.href });
  await baseBackup(first, place('standby'), 'standby');
  await using standby = await startCluster(place('standby'));
  await using address = await movingAddress(standby.server.port);
  const readUrl = new URL(standby.urlFor('waybill_api'));
  readUrl.port = String(address.port);
  await using processes = await startApiProcesses(1, folder.path, {
    DATABASE_URL: first.urlFor('waybill_api'),
    DATABASE_READ_URL: readUrl.href,
    REDIS_URL: inject('servers').redisUrl,
  });
  const [api] = processes.all;
  if (!api) throw new Error('no process');
  const token = await api.token();

  const post = async (to: string, body: object, key = newId()) => {
    const headers = { 'idempotency-key': key };
    const answer = await api.call({ method: 'POST', path: to, body, token, headers });
    expect([to, answer.status]).toEqual([to, 201]);
    return answer.json();
  };
  const get = (from: string) => api.call({ method: 'GET', path: from, token });
  const report = async () => (await get('/v1/reports/top-buyers')).text;
  const { id: userId, email } = await post('/v1/users', { email: 'ada@example.com', name: 'Ada' });
  const tea = { sku: 'tea', name: 'Tea', price: '2.00', currency: 'EUR', stock: 100 };
  const { id: productId } = await post('/v1/products', tea);
  const order = () =>
    post('/v1/orders', { user_id: userId, items: [{ product_id: productId, quantity: 1 }] });
  const spending = (spent: string) => JSON.stringify([{ id: userId, email, currency: 'EUR', spent }]);

  await order();
  await until('the replica shows the order', async () => (await report()) === spending('2.00'));

  await standby.admin.query('select pg_wal_replay_pause()');
  const { id } = await order();
  expect((await get(`/v1/orders/${String(id)}`)).status).toBe(200);
  expect(await report()).toBe(spending('2.00'));
  await standby.admin.query('select pg_wal_replay_resume()');
  await until('the replica has caught up', async () => (await report()) === spending('4.00'));

  standby.server.signal('SIGKILL');
  await standby.server.exited;
  const away = await get('/v1/reports/top-buyers');
  expect([away.status, away.headers['retry-after']]).toEqual([503, '1']);
  expect(away.json()['type']).toMatch(/service-unavailable$/);
  await order();
  expect((await get(`/v1/users/${String(userId)}/orders`)).status).toBe(200);
  expect((await fetch(`${api.server.url}/readyz`)).status).toBe(200);

  await using again = await startCluster(place('standby'));
  address.moveTo(again.server.port);
  await until('the replica is back', async () => (await report()) === spending('6.00'));
});
