import { loggerOptions, recordTracing } from '@waybill/service-host';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { openOrderApi, type OrderApi } from '../app.ts';
import { newId } from '../testing/examples.ts';
import { groups, publicUrl, tokenMint } from '../testing/order-api.ts';
import { poolOf } from '../testing/order-database.ts';
import { observabilityOf } from './observability.ts';

const stack = new AsyncDisposableStack();
const tracing = await recordTracing('order-api');
const registry = new Registry();
const lines: string[] = [];
let api: OrderApi;
let token: string;
let admin: pg.Client;

beforeAll(async () => {
  stack.defer(() => tracing.close());
  const database = stack.use(await createOrderDatabase());
  admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
  stack.defer(() => admin.end());
  const logger = pino(loggerOptions({ service: 'order-api', level: 'trace' }), {
    write: (line: string) => void lines.push(line),
  });
  const minted = await tokenMint();
  token = await minted.token();
  const options = { registry, tracing, logger, slowStatementMs: 0, monotonic: () => performance.now() };
  api = await openOrderApi({
    databaseUrl: database.urlFor('waybill_api'),
    pool: poolOf(4),
    statementTimeoutMs: 5_000,
    queryTimeoutMs: 10_000,
    redisUrl: inject('servers').redisUrl,
    publicUrl,
    ...minted,
    groups,
    observability: observabilityOf(options),
    logger,
    signal: new AbortController().signal,
  });
  stack.use(api);
});
afterAll(() => stack.disposeAsync());

async function post(url: string, payload: object | string, headers: Record<string, string> = {}) {
  const answer = await api.http.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

const aUserBody = () => ({ email: `${newId()}@example.com`, name: 'Ada Lovelace' });

async function userAndProduct(): Promise<{ userId: string; productId: string }> {
  const user = await post('/v1/users', aUserBody());
  const body = { sku: newId(), name: 'Tea', price: '1.00', currency: 'EUR', stock: 1_000 };
  const product = await post('/v1/products', body);
  expect([user.status, product.status]).toEqual([201, 201]);
  return { userId: user.body.id, productId: product.body.id };
}

const order = ({ userId, productId }: { userId: string; productId: string }, requestId: string) =>
  post(
    '/v1/orders',
    { user_id: userId, items: [{ product_id: productId, quantity: 1 }] },
    { 'idempotency-key': newId(), 'x-request-id': requestId },
  );

const spanOf = (requestId: string) =>
  tracing.spans().find(({ attributes }) => attributes['waybill.request_id'] === requestId);

async function storedTraceparent(orderId: string): Promise<string> {
  const { rows } = await admin.query<{ traceparent: string }>(
    `select headers::json ->> 'traceparent' as traceparent from outbox where key = $1`,
    [orderId],
  );
  return rows[0]?.traceparent ?? '';
}

describe('a request', () => {
  it('keeps its caller’s id in the answer, the problem and the log', async () => {
    const requestId = `mine-${newId()}`;
    const answer = await post('/v1/users', {}, { 'x-request-id': requestId });
    expect(answer).toMatchObject({ status: 400, body: { instance: requestId } });
    expect(answer.headers['x-request-id']).toBe(requestId);
    expect(lines.some((line) => line.includes(requestId) && line.includes('"answered"'))).toBe(true);
  });

  it('has a span that is a child of the caller’s, and its transaction one below it', async () => {
    const [caller, requestId] = ['4bf92f3577b34da6a3ce929d0e0e4736', newId()];
    const headers = { traceparent: `00-${caller}-00f067aa0ba902b7-01`, 'x-request-id': requestId };
    expect((await post('/v1/users', aUserBody(), headers)).status).toBe(201);
    const span = spanOf(requestId);
    expect(span).toMatchObject({
      name: 'POST /v1/users',
      kind: 1, // SERVER
      parentSpanContext: { traceId: caller, spanId: '00f067aa0ba902b7' },
      attributes: { 'http.route': '/v1/users', 'http.response.status_code': 201 },
    });
    const below = tracing
      .spans()
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === span?.spanContext().spanId);
    expect(below.map(({ name }) => name)).toEqual(['unit of work']);
    expect(below[0]?.spanContext().traceId).toBe(caller);
  });

  it('that places an order gives its span to the event, and the unit of work stands below it', async () => {
    const [made, requestId] = [await userAndProduct(), newId()];
    const placed = await order(made, requestId);
    const span = spanOf(requestId)?.spanContext();
    expect(await storedTraceparent(placed.body.id)).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    const below = tracing
      .spans()
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === span?.spanId);
    expect(below.map(({ name }) => name)).toEqual(['unit of work']);
  });

  it('that shares a unit of work keeps its own trace, and the unit of work is linked to all', async () => {
    const made = await userAndProduct();
    const requestIds = Array.from({ length: 12 }, () => newId());
    const placed = await Promise.all(requestIds.map((requestId) => order(made, requestId)));
    for (const [index, { body }] of placed.entries()) {
      const span = spanOf(requestIds[index] ?? '')?.spanContext();
      expect(await storedTraceparent(body.id)).toBe(`00-${span?.traceId}-${span?.spanId}-01`);
    }
    const asked = new Set(requestIds.map((requestId) => spanOf(requestId)?.spanContext().spanId));
    const shared = tracing
      .spans()
      .filter(({ links }) => links.some(({ context }) => asked.has(context.spanId)));
    expect(shared.length).toBeGreaterThan(0);
    for (const { name, parentSpanContext } of shared) {
      expect({ name, parentSpanContext }).toEqual({ name: 'unit of work', parentSpanContext: undefined });
    }
  });
});

describe('the metrics', () => {
  it('tell of requests by their route, of the pool and of groups', async () => {
    await order(await userAndProduct(), newId());
    const unknown = await api.http.inject({ method: 'GET', url: `/nowhere/${newId()}` });
    expect(unknown.statusCode).toBe(404);
    const shown = await registry.metrics();
    for (const series of [
      /^waybill_api_request_duration_seconds_count\{route="\/v1\/orders",method="POST",status="2xx"\} [1-9]/m,
      /^waybill_api_request_duration_seconds_count\{route="none",method="GET",status="4xx"\} 1$/m,
      /^waybill_api_pool_connections\{pool="orders"\} [1-4]$/m,
      /^waybill_api_pool_idle_connections\{pool="orders"\} [0-4]$/m,
      /^waybill_api_pool_waiting\{pool="orders"\} 0$/m,
      /^waybill_api_group_orders_count [1-9]/m,
      /^waybill_api_orders_waiting 0$/m,
    ]) {
      expect(shown).toMatch(series);
    }
    expect(shown).not.toContain('/nowhere');
  });
});

/** Makes the next insertion of orders fail as PostgreSQL does; a sequence keeps count whatever is rolled back. */
async function failNextOrder(sqlState: string): Promise<void> {
  await admin.query('drop sequence if exists tries; create sequence tries');
  await admin.query(`
    create or replace function fail_once() returns trigger language plpgsql security definer as $$
    begin
      if nextval('tries') = 1 then raise exception 'for a test' using errcode = '${sqlState}'; end if;
      return null;
    end $$;
    create or replace trigger fail_once before insert on orders for each statement execute function fail_once()`);
}

describe('a unit of work that fails in passing', () => {
  it.each(['40001', '40P01'])('is repeated, and that is counted (%s)', async (sqlState) => {
    const made = await userAndProduct();
    await failNextOrder(sqlState);
    const placed = await order(made, newId());
    await admin.query('drop trigger fail_once on orders');
    expect(placed.status).toBe(201);
    expect(await registry.metrics()).toContain(`waybill_api_repeats_total{sqlstate="${sqlState}"} 1`);
  });
});

describe('the log', () => {
  it('at its most talkative holds no token, address, name or body, whatever is answered', async () => {
    const secrets = ['Grace Hopper', 'grace@navy.example', 'grace%40navy.example', 'Zanzibar clove'];
    const user = { email: 'grace@navy.example', name: 'Grace Hopper' };
    const statuses = [
      await post('/v1/users', user),
      await post('/v1/users', user),
      await post('/v1/users', { ...user, nickname: 'Zanzibar clove' }),
      await post('/v1/users', '{"name": "Grace Hopper"'),
      await post('/v1/users?email=grace%40navy.example', user, { authorization: `Bearer ${token}x` }),
      await post('/v1/products', {
        sku: newId(),
        name: 'Zanzibar clove',
        price: '1.00',
        currency: 'EUR',
        stock: 1,
      }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([201, 409, 400, 400, 401, 201]);

    await admin.query('alter table users rename to hidden_users');
    const broken = await post('/v1/users', { ...user, email: 'grace.2@navy.example' });
    await admin.query('alter table hidden_users rename to users');
    expect(broken).toMatchObject({ status: 500, body: { detail: expect.not.stringContaining('users') } });

    const log = lines.join('');
    expect(log).toContain('"request failed"');
    expect(log).toContain('"slow statement"');
    for (const secret of [...secrets, 'grace.2@navy', token, token.split('.')[2] ?? token]) {
      expect(log).not.toContain(secret);
    }
  });
});
