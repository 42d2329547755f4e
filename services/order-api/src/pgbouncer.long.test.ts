import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import { startPgbouncer } from '../../../infra/local/pgbouncer/start.ts';
import { createOrderDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { openOrderApi } from './app.ts';
import { openOrderOrm } from './persistence/orm.ts';
import { newId } from './testing/examples.ts';
import { groups, publicUrl, silent, tokenMint } from './testing/order-api.ts';
import { poolOf } from './testing/order-database.ts';
import { ordersWithoutEvent } from './testing/orders-without-event.sql.ts';

/** Fewer than clients, so that transactions change connections all the time. */
const SERVER_CONNECTIONS = 3;
const CLIENT_CONNECTIONS = 10;

const stack = new AsyncDisposableStack();
let database: TestDatabase;
let pooledUrl: string;
let http: FastifyInstance;
let authorization: string;
let admin: pg.Client;

beforeAll(async () => {
  database = stack.use(await createOrderDatabase());
  const folder = stack.use(temporaryFolder());
  const pgbouncer = await startPgbouncer({
    dataDir: path.join(folder.path, 'pgbouncer'),
    port: await freePort(),
    progress: () => undefined,
    databaseUrl: database.urlFor('waybill_api'),
    serverConnections: SERVER_CONNECTIONS,
  });
  stack.use(pgbouncer);
  pooledUrl = pgbouncer.url;
  const mint = await tokenMint();
  const api = await openOrderApi({
    databaseUrl: pooledUrl,
    pool: poolOf(CLIENT_CONNECTIONS),
    statementTimeoutMs: 0,
    queryTimeoutMs: 10_000,
    redisUrl: inject('servers').redisUrl,
    publicUrl,
    ...mint,
    groups,
    logger: silent,
    signal: new AbortController().signal,
  });
  stack.use(api);
  http = api.http;
  authorization = `Bearer ${await mint.token()}`;
  admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
  stack.defer(() => admin.end());
}, 60_000);
afterAll(() => stack.disposeAsync());

async function call(
  method: 'GET' | 'POST',
  url: string,
  payload?: object,
  key?: string,
  more: Readonly<Record<string, string>> = {},
) {
  const headers = { authorization, ...(key !== undefined && { 'idempotency-key': key }), ...more };
  const answer = await http.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, replayed: answer.headers['idempotent-replayed'], json: answer.json() };
}

describe('behind pgbouncer in transaction mode', () => {
  it('one connection of a client is several of the server, and keeps nothing of a session', async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = new pg.Client({ connectionString: pooledUrl });
        await client.connect();
        return client;
      }),
    );
    try {
      const [first] = clients;
      const pids = new Set<number>();
      for (let round = 0; round < 20; round += 1) {
        const rows = await Promise.all(
          clients.map((client) => client.query<{ pid: number }>('select pg_backend_pid() as pid')),
        );
        pids.add(rows[0]?.rows[0]?.pid ?? 0);
      }
      expect(pids.size).toBeGreaterThan(1);
      await first?.query(`set application_name = 'a session'`);
      const prepared = clients.map((client) => client.query({ name: 'one', text: 'select 1' }));
      const outcomes = await Promise.allSettled(prepared);
      // What a prepared statement meets there: its name is another client's, or nobody's.
      expect(outcomes.map(({ status }) => status)).toContain('rejected');
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  it('every call works, and no order is lost, doubled or without its event', async () => {
    const stock = 10_000;
    const products = await Promise.all(
      Array.from({ length: 5 }, () =>
        call('POST', '/v1/products', { sku: newId(), name: 'Tea', price: '1.50', currency: 'EUR', stock }),
      ),
    );
    const users = await Promise.all(
      Array.from({ length: 10 }, () =>
        call('POST', '/v1/users', { email: `${newId()}@example.com`, name: 'Ada' }),
      ),
    );
    expect(new Set([...products, ...users].map(({ status }) => status))).toEqual(new Set([201]));
    const order = (index: number) => ({
      user_id: users[index % users.length]?.json.id,
      items: [0, 1].map((step) => ({
        product_id: products[(index + step) % products.length]?.json.id,
        quantity: 1,
      })),
    });

    // Each key twice at once and once more afterwards: the locks on keys are the transaction's, not a session's.
    const keys = Array.from({ length: 300 }, () => newId());
    const raced = await Promise.all(
      keys.flatMap((key, index) => [0, 1].map(() => call('POST', '/v1/orders', order(index), key))),
    );
    expect(new Set(raced.map(({ status }) => status)).difference(new Set([201, 409])).size).toBe(0);
    const again = await Promise.all(keys.map((key, index) => call('POST', '/v1/orders', order(index), key)));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([201]));

    const { rows } = await admin.query<{ orders: string; sold: string }>(
      `select (select count(*) from orders) as orders, (select sum($1 - stock) from products) as sold`,
      [stock],
    );
    expect(rows).toEqual([{ orders: String(keys.length), sold: String(2 * keys.length) }]);
    expect((await admin.query(ordersWithoutEvent)).rows).toEqual([]);

    const [ordered] = again;
    expect(await call('GET', `/v1/orders/${ordered?.json.id}`)).toMatchObject({ status: 200 });
    const list = await call('GET', `/v1/users/${users[0]?.json.id}/orders`);
    expect(list.json.data).toHaveLength(30);

    // Ten of them are cancelled, each by two requests at once under one key and by one that comes later.
    const cancel = ({ json }: { json: { id?: string } }, key: string) =>
      call('POST', `/v1/orders/${json.id}/cancel`, undefined, key, { 'if-match': '"1"' });
    const doomed = again.slice(0, 10).map((one) => ({ one, key: newId() }));
    const cancelled = await Promise.all(
      doomed.flatMap(({ one, key }) => [cancel(one, key), cancel(one, key)]),
    );
    expect(new Set(cancelled.map(({ status }) => status)).difference(new Set([200, 409])).size).toBe(0);
    const replayed = await Promise.all(doomed.map(({ one, key }) => cancel(one, key)));
    expect(new Set(replayed.map((answer) => `${answer.status} ${String(answer.replayed)}`))).toEqual(
      new Set(['200 true']),
    );

    // Batches at once, two of each, that all want the same products.
    const batches = Array.from({ length: 10 }, () => newId());
    const orders = Array.from({ length: 20 }, (_, index) => order(index));
    const batched = await Promise.all(
      batches.flatMap((key) => [0, 1].map(() => call('POST', '/v1/orders/batch', { orders }, key))),
    );
    expect(new Set(batched.map(({ status }) => status)).difference(new Set([207, 409])).size).toBe(0);
    const afterwards = await Promise.all(
      batches.map((key) => call('POST', '/v1/orders/batch', { orders }, key)),
    );
    const results = afterwards.flatMap(({ json }) => json.results);
    expect(new Set(results.map((result: { status: number }) => result.status))).toEqual(new Set([201]));

    const placed = keys.length + batches.length * orders.length;
    const { rows: end } = await admin.query<{ orders: string; sold: string }>(
      `select (select count(*) from orders) as orders, (select sum($1 - stock) from products) as sold`,
      [stock],
    );
    expect(end).toEqual([{ orders: String(placed), sold: String(2 * (placed - doomed.length)) }]);
    expect((await admin.query(ordersWithoutEvent)).rows).toEqual([]);
  }, 60_000);

  it('limits of a session cannot be asked for, so they are the role’s', async () => {
    const orm = await openOrderOrm({
      databaseUrl: pooledUrl,
      pool: poolOf(1),
      statementTimeoutMs: 5_000,
      queryTimeoutMs: 10_000,
    });
    try {
      await expect(orm.em.fork().execute('select 1')).rejects.toThrow('unsupported startup parameter');
    } finally {
      await orm.close(true);
    }
  });
});
