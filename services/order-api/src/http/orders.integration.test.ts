import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { money } from '../domain/money.ts';
import { aProduct, aUser, newId } from '../testing/examples.ts';
import { type Answer, runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { traceparent } from '../testing/place-orders.ts';

const [ada, tea, cup] = [
  aUser(),
  aProduct({ stock: 1_000 }),
  aProduct({ price: money('0.99', 'EUR'), stock: 1_000 }),
];
let running: RunningOrderApi;
let token: string;

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token({ subject: ada.id, scopes: ['orders:write', 'orders:read'] });
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    products.add(tea);
    products.add(cup);
  });
});
afterAll(() => running[Symbol.asyncDispose]());

const body = {
  user_id: ada.id,
  items: [
    { product_id: cup.id, quantity: 3 },
    { product_id: tea.id, quantity: 1 },
  ],
};

function post(
  key: string,
  changes: { body?: unknown; token?: string; headers?: object } = {},
): Promise<Answer> {
  return running.call({
    method: 'POST',
    path: '/v1/orders',
    token,
    body,
    ...changes,
    headers: { 'idempotency-key': key, ...changes.headers },
  });
}

describe('POST /v1/orders', () => {
  it('answers 201 with the order, its place and its version', async () => {
    const answer = await post(newId());
    const order = answer.json();
    expect(answer.status).toBe(201);
    expect(order).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      user_id: ada.id,
      status: 'placed',
      version: 1,
      total: '15.47',
      currency: 'EUR',
      items: [
        { product_id: cup.id, quantity: 3, unit_price: '0.99' },
        { product_id: tea.id, quantity: 1, unit_price: '12.50' },
      ],
      placed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(answer.headers).toMatchObject({
      location: `/v1/orders/${String(order['id'])}`,
      etag: '"1"',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(answer.headers).not.toHaveProperty('idempotent-replayed');

    const read = await running.call({ method: 'GET', path: String(answer.headers['location']), token });
    expect([read.status, read.headers['etag']]).toEqual([200, '"1"']);
    expect(read.json()).toEqual(order);
  });

  it('passes the trace context of the request on to the event', async () => {
    const id = async (answer: Promise<Answer>) => (await answer).json()['id'];
    const traced = await id(post(newId(), { headers: { traceparent } }));
    const untraced = await id(post(newId()));
    const traceOf = async (key: unknown) => {
      const { rows } = await running.database.admin.query(
        `select headers::json as headers from outbox where key = $1`,
        [key],
      );
      return rows[0].headers.traceparent;
    };
    expect(await traceOf(traced)).toBe(traceparent);
    expect(await traceOf(untraced)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('takes upper-case ids for what they are', async () => {
    const upper = {
      user_id: ada.id.toUpperCase(),
      items: [{ product_id: tea.id.toUpperCase(), quantity: 1 }],
    };
    expect((await post(newId(), { body: upper })).json()).toMatchObject({ user_id: ada.id });
  });
});

describe('a key that comes again', () => {
  it('gets the first answer byte for byte, marked, whatever the spacing of the body', async () => {
    const key = `it's "${newId()}"`.replaceAll(' ', '_');
    const first = await post(key);
    const again = await post(key, { body: JSON.stringify(body, null, 2) });
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers).toMatchObject({
      'idempotent-replayed': 'true',
      location: first.headers['location'],
      etag: first.headers['etag'],
      'content-type': first.headers['content-type'],
    });
  });

  it('is refused for another body', async () => {
    const key = newId();
    await post(key);
    const other = { ...body, items: body.items.toReversed() };
    const answer = await post(key, { body: other });
    expect([answer.status, answer.json()['type']]).toEqual([
      422,
      'https://orders.example/problems/idempotency-key-reused',
    ]);
  });

  it('is another key when somebody else sends it', async () => {
    const key = newId();
    const first = await post(key);
    const second = await post(key, { token: await running.token({ subject: 'operator' }) });
    expect(second.status).toBe(201);
    expect(second.json()['id']).not.toBe(first.json()['id']);
  });

  it('twenty times at once makes one order; those that came too early are told when to come again', async () => {
    const key = newId();
    const count = async () => (await running.database.admin.query('select from orders')).rowCount ?? 0;
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(key)));
    expect(await count()).toBe(before + 1);
    const placed = answers.filter(({ status }) => status === 201);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    expect(placed.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    for (const early of answers.filter(({ status }) => status !== 201)) {
      expect([early.status, early.headers['retry-after'], early.json()['type']]).toEqual([
        409,
        '1',
        'https://orders.example/problems/request-in-progress',
      ]);
    }
    const late = await post(key);
    expect([late.status, late.text, late.headers['idempotent-replayed']]).toEqual([
      201,
      placed[0]?.text,
      'true',
    ]);
  });

  it('gets 409 while the first request with it is still running', async () => {
    const key = newId();
    const identity = { principal: ada.id, route: 'POST /v1/orders', key };
    const answer = await running.database.transactions.write(async ({ idempotency }) => {
      expect(await idempotency.tryLock([identity])).toEqual([true]);
      return post(key);
    });
    expect([answer.status, answer.headers['retry-after']]).toEqual([409, '1']);
    expect((await post(key)).status).toBe(201);
  });
});

describe('an order', () => {
  it('is there for its owner and for who may read any, and for nobody else', async () => {
    const order = (await post(newId())).json();
    const statusFor = async (wishes: Parameters<typeof running.token>[0]) => {
      const answer = await running.call({
        method: 'GET',
        path: `/v1/orders/${String(order['id'])}`,
        token: await running.token(wishes),
      });
      return answer.status;
    };
    expect(await statusFor({ subject: ada.id, scopes: ['orders:read'] })).toBe(200);
    expect(await statusFor({ subject: 'operator', scopes: ['orders:read:any'] })).toBe(200);
    expect(await statusFor({ subject: newId(), scopes: ['orders:read'] })).toBe(404);
    expect(await statusFor({ subject: 'operator', scopes: ['orders:read'] })).toBe(404);
    expect(await statusFor({ subject: ada.id, scopes: ['users:read'] })).toBe(403);
  });
});

describe('when the database is away', () => {
  it('answers 503 with Retry-After, and places the order when it is sent again', async () => {
    const { admin, orm } = running.database;
    const database = new URL(running.database.settings.databaseUrl).pathname.slice(1);
    await admin.query(`alter database ${database} connection limit 0`);
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'waybill_api'`,
      [database],
    );
    const key = newId();
    const away = await post(key);
    await admin.query(`alter database ${database} connection limit -1`);
    expect([away.status, away.headers['retry-after'], away.json()['type']]).toEqual([
      503,
      '1',
      'https://orders.example/problems/service-unavailable',
    ]);
    expect((await post(key)).status).toBe(201);
    expect(await orm.isConnected()).toBe(true);
  });
});
