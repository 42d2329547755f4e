// One file, because its thousand orders and its database serve every call that reads.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractOf } from '../testing/contract.ts';
import { anOrder, aProduct, aUser, newId } from '../testing/examples.ts';
import { type Call, runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { refusalOf, refused } from '../testing/refusals.ts';

const [ada, grace, tea] = [aUser({ name: 'Ada' }), aUser({ name: 'Grace' }), aProduct({ stock: 100 })];
let running: RunningOrderApi;
let token: string;

/** 1,000 orders of Ada in one millisecond, ids in no order of theirs; 3 of Grace, one of them cancelled. */
const moment = new Date('2026-01-31T12:00:00.123Z');
const many = Array.from({ length: 1_000 }, () => anOrder(ada, [tea], { placedAt: moment }));
const few = [1, 2, 3].map((n) =>
  anOrder(grace, [tea], {
    placedAt: new Date(moment.getTime() + n),
    status: n === 3 ? 'cancelled' : 'placed',
  }),
);

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token();
  await running.database.transactions.write(async ({ users, products }) => {
    for (const user of [ada, grace]) users.add(user);
    products.add(tea);
  });
  await running.database.transactions.write(async ({ orders }) => {
    for (const order of [
      ...many.toSorted((a, b) => (a.id.at(-1) ?? '').localeCompare(b.id.at(-1) ?? '')),
      ...few,
    ])
      orders.add(order);
  });
});
afterAll(() => running[Symbol.asyncDispose]());

async function get(path: string, as = token) {
  running.database.takeStatements();
  const { status, text } = await running.call({ method: 'GET', path, token: as });
  const queries = running.database
    .takeStatements()
    .filter((one) => !/^(begin|commit|start transaction)/i.test(one));
  return { status, body: JSON.parse(text), queries };
}

function post(path: string, body: object, headers: Call['headers'] = {}, method: Call['method'] = 'POST') {
  return running.call({ method, path, token, body, headers });
}

describe('users', () => {
  it('are read by id, with their newest orders when asked for', async () => {
    const plain = { id: ada.id, email: ada.email, name: 'Ada', created_at: ada.createdAt.toISOString() };
    expect((await get(`/v1/users/${ada.id.toUpperCase()}`)).body).toEqual(plain);
    const { body } = await get(`/v1/users/${grace.id}?include=orders`);
    expect(body.orders).toEqual(
      few.toReversed().map(({ id, status, placedAt }) => ({
        id,
        total: '12.50',
        currency: 'EUR',
        status,
        placed_at: placedAt.toISOString(),
      })),
    );
    expect((await get(`/v1/users/${newId()}`)).status).toBe(404);
  });

  it('are listed with at most ten orders each by two queries, whatever the page', async () => {
    const one = await get('/v1/users?include=orders&limit=1');
    const all = await get('/v1/users?include=orders');
    expect([one.queries.length, all.queries.length]).toEqual([2, 2]);
    const shown = all.body.data.map(({ id, orders }: { id: string; orders: { id: string }[] }) => [
      id,
      orders.map((order) => order.id),
    ]);
    const newest = many
      .map(({ id }) => id)
      .toSorted()
      .toReversed()
      .slice(0, 10);
    expect(shown).toEqual([
      [ada.id, newest],
      [grace.id, few.toReversed().map(({ id }) => id)],
    ]);
    const next = await get(`/v1/users?limit=1&cursor=${one.body.next_cursor}`);
    expect(next.body).toMatchObject({ data: [{ id: grace.id }], has_more: false });
    expect(next.queries).toHaveLength(1);
  });

  it('do not show orders to who may not read them', async () => {
    const users = await running.token({ subject: ada.id, scopes: ['users:read'] });
    expect((await get('/v1/users', users)).status).toBe(200);
    expect((await get('/v1/users?include=orders', users)).status).toBe(403);
    expect((await get(`/v1/users/${grace.id}?include=orders`, users)).status).toBe(403);
    expect((await get(`/v1/users/${ada.id}?include=orders`, users)).status).toBe(403);
    const both = await running.token({ subject: ada.id, scopes: ['users:read', 'orders:read'] });
    expect((await get(`/v1/users/${grace.id}?include=orders`, both)).status).toBe(403);
    expect((await get(`/v1/users/${ada.id}?include=orders`, both)).body.orders).toHaveLength(10);
  });

  it('are made or renamed by their address with PUT', async () => {
    const put = async (email: string, name: string) =>
      (await post('/v1/users', { email, name }, {}, 'PUT')).json();
    const first = await put('Mary@example.com', 'Mary');
    expect(await put('mary@EXAMPLE.com', 'Mary Somerville')).toEqual({ ...first, name: 'Mary Somerville' });
  });

  it('who race for one address become one: a 201, and 409 for all others', async () => {
    const racing = Array.from({ length: 8 }, () =>
      post('/v1/users', { email: 'race@example.com', name: 'R' }),
    );
    const statuses = (await Promise.all(racing)).map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
    const upserts = Array.from({ length: 8 }, () =>
      post('/v1/users', { email: 'race2@example.com', name: 'R' }, {}, 'PUT'),
    );
    expect(new Set((await Promise.all(upserts)).map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });
});

describe('a user’s orders', () => {
  it('are each on one page, though a thousand came in one millisecond', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path = `/v1/users/${ada.id}/orders?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`;
      const { body, queries } = await get(path);
      expect(queries).toHaveLength(2);
      seen.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(
      many
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
  });
});

describe('every list', () => {
  const lists = [
    ['/v1/products', '/v1/products', 1],
    ['/v1/users', '/v1/users', 1],
    ['/v1/users with orders', '/v1/users?include=orders', 2],
    ['/v1/users/{id}/orders', `/v1/users/${ada.id}/orders`, 2],
    ['/v1/reports/top-buyers', '/v1/reports/top-buyers', 1],
  ] as const;

  it.each(lists)(
    '%s is read by a number of queries that its length does not change',
    async (_, path, count) => {
      const limited = (limit: number) => `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`;
      const queries = [await get(limited(1)), await get(limited(100))].map((answer) => answer.queries.length);
      expect(queries).toEqual([count, count]);
    },
  );

  it('that the API has is one of these', () => {
    const { operations } = contractOf(running.http.swagger());
    const limited = operations.filter(({ parameters = [] }) =>
      parameters.some(({ name }) => name === 'limit'),
    );
    const known = new Set<string>(lists.map(([name]) => name));
    expect(limited.filter(({ path }) => !known.has(path)).map(({ path }) => path)).toEqual([]);
    expect(limited.length).toBeGreaterThan(3);
  });

  it('of events takes as many queries for two as for one', async () => {
    const wanted = { user_id: ada.id, items: [{ product_id: tea.id, quantity: 1 }] };
    const id = String((await post('/v1/orders', wanted, { 'idempotency-key': newId() })).json()['id']);
    const one = await get(`/v1/orders/${id}/events`);
    await post(`/v1/orders/${id}/cancel`, {}, { 'idempotency-key': newId(), 'if-match': '"1"' });
    const two = await get(`/v1/orders/${id}/events`);
    expect([one.body.data.length, two.body.data.length]).toEqual([1, 2]);
    expect([one.queries.length, two.queries.length]).toEqual([3, 3]);
  });
});

describe('stock', () => {
  const adjust = (adjustments: readonly object[], key: string = newId()) => ({
    method: 'POST' as const,
    path: '/v1/products/stock-adjustments',
    token,
    body: { adjustments },
    headers: { 'idempotency-key': key },
  });

  it('of many products is adjusted by one statement, once per key', async () => {
    const products = Array.from({ length: 50 }, (_, n) => aProduct({ stock: n }));
    await running.database.transactions.write(async (unit) =>
      products.forEach((one) => unit.products.add(one)),
    );
    const call = adjust(
      products.map(({ id }, n) => ({ product_id: id, delta: 100 - n })),
      'delivery-1',
    );
    running.database.takeStatements();
    const first = await running.call(call);
    const touching = running.database.takeStatements().filter((one) => /(from|update) "?products/.test(one));
    expect(touching).toHaveLength(1);
    expect(first.json()).toEqual({
      data: products.map(({ id }) => ({ product_id: id, stock: 100, version: 2 })),
    });

    const again = await running.call(call);
    expect([again.status, again.text, again.headers['idempotent-replayed']]).toEqual([
      200,
      first.text,
      'true',
    ]);
  });

  it('is not touched by a request that cannot be carried out as a whole', async () => {
    const wrong = (...adjustments: readonly object[]) => refusalOf(running, adjust(adjustments));
    const one = { product_id: tea.id, delta: 1 };
    expect(await wrong(one, { product_id: newId(), delta: 1 })).toMatchObject(
      refused('unknown-product', ['#/adjustments/1/product_id']),
    );
    expect(await wrong(one, one)).toMatchObject(refused('invalid-request', ['#/adjustments/1/product_id']));
    const short = await wrong({ product_id: tea.id, delta: -101 });
    expect(short).toMatchObject(refused('insufficient-stock'));
    expect(short.problem.items).toEqual([{ product_id: tea.id, requested: 101, available: 100 }]);
    await running.call(adjust([{ product_id: tea.id, delta: 1_000_000_000 }]));
    await running.call(adjust([{ product_id: tea.id, delta: 1_000_000_000 }]));
    expect(await wrong({ product_id: tea.id, delta: 1_000_000_000 })).toMatchObject(
      refused('stock-too-large', ['#/adjustments/0/delta']),
    );
  });

  it('is exact when many adjust and order the same products in any order', async () => {
    const [a, b] = [aProduct({ stock: 100 }), aProduct({ stock: 100 })];
    await running.database.transactions.write(async (unit) =>
      [a, b].forEach((one) => unit.products.add(one)),
    );
    const both = (n: number) => (n % 2 === 0 ? [a, b] : [b, a]);
    const adjustments = Array.from({ length: 12 }, (_, n) =>
      running.call(adjust(both(n).map(({ id }) => ({ product_id: id, delta: 3 })))),
    );
    const orders = Array.from({ length: 12 }, (_, n) =>
      post(
        '/v1/orders',
        { user_id: ada.id, items: both(n).map(({ id }) => ({ product_id: id, quantity: 2 })) },
        { 'idempotency-key': newId() },
      ),
    );
    const statuses = (await Promise.all([...adjustments, ...orders])).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    const locked = await running.database.transactions.write((unit) => unit.products.lock([a.id, b.id]));
    expect(locked.map(({ stock }) => stock)).toEqual([112, 112]);
  });
});

describe('the events of an order', () => {
  it('are pending, then published where the relay put them, then archived', async () => {
    const placed = await post(
      '/v1/orders',
      { user_id: grace.id, items: [{ product_id: tea.id, quantity: 1 }] },
      { 'idempotency-key': newId() },
    );
    const id = String(placed.json()['id']);
    const events = async () => (await get(`/v1/orders/${id}/events`)).body.data;
    const event = { version: 1, type: 'waybill.order.placed.v1', topic: 'order_placed' };
    expect(await events()).toEqual([{ ...event, state: 'pending' }]);

    const { admin } = running.database;
    await admin.query(
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, kind, published_at)
       select lane, seq, pg_current_snapshot(), 0, 1, 4711, seq, seq, array[seq], 'fresh', '2026-01-31T12:00:00Z' from outbox where key = $1`,
      [id],
    );
    expect(await events()).toEqual([
      {
        ...event,
        state: 'published',
        partition: expect.any(Number),
        offset: '4711',
        published_at: '2026-01-31T12:00:00.000Z',
      },
    ]);

    await admin.query(
      `insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
       select lane, seq, topic, key, version, type, payload, headers, created_at, 'MESSAGE_TOO_LARGE', 1 from outbox where key = $1`,
      [id],
    );
    expect(await events()).toEqual([{ ...event, state: 'parked', reason: 'MESSAGE_TOO_LARGE' }]);

    await admin.query(`delete from outbox_parked where key = $1`, [id]);
    await admin.query(`delete from outbox where key = $1`, [id]);
    expect(await events()).toEqual([{ version: 1, state: 'archived' }]);

    const other = await running.token({ subject: ada.id, scopes: ['orders:read'] });
    expect((await get(`/v1/orders/${id}/events`, other)).status).toBe(404);
    const own = await running.token({ subject: grace.id, scopes: ['orders:read'] });
    expect((await get(`/v1/orders/${id}/events`, own)).status).toBe(200);
  });
});

describe('the report of top buyers', () => {
  it('sums what was placed, the greatest first', async () => {
    const { body, queries } = await get('/v1/reports/top-buyers?limit=1');
    const { rows } = await running.database.admin.query(
      `select sum(total)::text as spent from orders where user_id = $1 and status = 'placed'`,
      [ada.id],
    );
    expect(body).toEqual([{ id: ada.id, email: ada.email, currency: 'EUR', spent: rows[0].spent }]);
    expect(queries).toHaveLength(1);
    const all = (await get('/v1/reports/top-buyers')).body;
    expect(all.map(({ id }: { id: string }) => id)).toEqual([ada.id, grace.id]);
    const reader = await running.token({ scopes: ['orders:read:any'] });
    expect((await get('/v1/reports/top-buyers', reader)).status).toBe(403);
  });

  it('is read by what could not write', async () => {
    running.database.takeStatements();
    await running.call({ method: 'GET', path: '/v1/reports/top-buyers', token });
    const [begin] = running.database.takeStatements();
    expect(begin).toMatch(/read only/i);
    const { orm } = running.database;
    const work = orm.em
      .fork()
      .transactional((em) => em.execute(`update users set name = 'x'`), { readOnly: true });
    await expect(work).rejects.toMatchObject({ code: '25006' });
  });
});
