import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, inject, it, vi } from 'vitest';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { startApiProcesses } from './testing/api-processes.ts';
import { aUser, newId } from './testing/examples.ts';
import { openOrderDatabase } from './testing/order-database.ts';
import { stocked, stockOf } from './testing/stock.ts';

const limit = { timeout: 30_000, interval: 20 };

it('a process that is told to stop answers a body that does not come, lets an order end, and ends in time', async () => {
  await using folder = temporaryFolder();
  await using database = await openOrderDatabase();
  const ada = aUser();
  await database.transactions.write(async ({ users }) => users.add(ada));
  const tea = await stocked(database, { stock: 10 });
  // The order is to wait for as long as this test takes, and not for the two seconds of its role.
  const patient = new URL(database.settings.databaseUrl);
  patient.searchParams.set('options', '-c lock_timeout=30s');
  await using processes = await startApiProcesses(1, folder.path, {
    DATABASE_URL: patient.href,
    DATABASE_STATEMENT_TIMEOUT_MS: '30000',
    DATABASE_QUERY_TIMEOUT_MS: '40000',
    REDIS_URL: inject('servers').redisUrl,
  });
  const [api] = processes.all;
  if (!api) throw new Error('no process');
  const token = await api.token({ subject: ada.id });

  const slow = connect(Number(new URL(api.url).port), '127.0.0.1');
  let answer = '';
  slow.on('data', (chunk) => {
    answer += String(chunk);
  });
  const hungUp = once(slow, 'close');
  const head = [
    'POST /v1/users HTTP/1.1',
    'host: a',
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    'content-length: 50',
    'expect: 100-continue',
  ];
  slow.write(`${head.join('\r\n')}\r\n\r\n`);
  await vi.waitFor(() => expect(answer).toContain('100 Continue'), limit);

  // An order that waits for its product when the stop comes.
  const { admin } = database;
  await admin.query('begin');
  await admin.query('select from products where id = $1 for update', [tea.id]);
  const ordered = api.call({
    method: 'POST',
    path: '/v1/orders',
    token,
    headers: { 'idempotency-key': newId() },
    body: { user_id: ada.id, items: [{ product_id: tea.id, quantity: 1 }] },
  });
  await vi.waitFor(async () => {
    const { rowCount } = await admin.query(
      `select from pg_stat_activity where usename = 'waybill_api' and wait_event_type = 'Lock'`,
    );
    expect(rowCount).toBe(1);
  }, limit);
  api.server.signal('SIGTERM');
  await vi.waitFor(async () => {
    const readiness = await fetch(`${api.server.url}/readyz`);
    expect(await readiness.json()).toMatchObject({ reason: 'closing' });
  }, limit);
  await admin.query('commit');
  expect((await ordered).status).toBe(201);
  expect(await stockOf(database, tea.id)).toBe(9);

  await hungUp;
  expect(answer).toMatch(/HTTP\/1.1 503 [^]*was not carried out/);
  expect(await api.server.exited).toBe('exit code 0');
});
