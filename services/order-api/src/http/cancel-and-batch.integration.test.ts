import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aProduct, aUser, newId } from '../testing/examples.ts';
import { type Answer, type RunningOrderApi, runOrderApi } from '../testing/order-api.ts';
import { ordersWithoutEvent } from '../testing/orders-without-event.sql.ts';
import { stockOf } from '../testing/stock.ts';

const [ada, tea, cup] = [aUser(), aProduct({ stock: 1_000 }), aProduct({ stock: 1_000 })];
let running: RunningOrderApi;
let token: string;

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token({ subject: ada.id });
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    products.add(tea);
    products.add(cup);
  });
});
afterAll(() => running[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

function post(path: string, headers: Headers, body?: unknown): Promise<Answer> {
  return running.call({ method: 'POST', path, token, body, headers });
}

const wish = (quantity = 1, productId = tea.id) => ({
  user_id: ada.id,
  items: [{ product_id: productId, quantity }],
});

async function placed(body: object = wish()): Promise<string> {
  const answer = await post('/v1/orders', { 'idempotency-key': newId() }, body);
  expect(answer.status).toBe(201);
  return String(answer.json()['id']);
}

const cancel = (id: string, headers: Headers) =>
  post(`/v1/orders/${id}/cancel`, { 'idempotency-key': newId(), ...headers });
const problemName = ({ text }: Answer) => String(JSON.parse(text).type).split('/').at(-1);

describe('POST /v1/orders/:id/cancel', () => {
  it('cancels the version that the client has seen, gives the stock back, and says so in an event', async () => {
    const before = await stockOf(running.database, tea.id);
    const id = await placed(wish(3));
    const first = { 'if-match': '"1"', 'idempotency-key': newId() };
    const answer = await cancel(id, first);
    expect([answer.status, answer.headers['etag'], answer.json()]).toMatchObject([
      200,
      '"2"',
      { id, status: 'cancelled', version: 2, items: [{ product_id: tea.id, quantity: 3 }] },
    ]);
    expect(await stockOf(running.database, tea.id)).toBe(before);
    const read = await running.call({ method: 'GET', path: `/v1/orders/${id}`, token });
    expect([read.text, read.headers['etag']]).toEqual([answer.text, '"2"']);
    const { rows } = await running.database.admin.query(
      'select topic, version, payload::json as payload from outbox where key = $1 order by seq',
      [id],
    );
    expect(rows).toMatchObject([
      { topic: 'order_placed', version: 1 },
      { topic: 'order_cancelled', version: 2, payload: { order_id: id, version: 2 } },
    ]);

    const again = await cancel(id, first);
    expect([again.status, again.text, again.headers['idempotent-replayed']]).toEqual([
      200,
      answer.text,
      'true',
    ]);
  });

  it('refuses what it must', async () => {
    const id = await placed();
    expect(problemName(await cancel(id, {}))).toBe('precondition-required');
    expect(problemName(await cancel(id, { 'if-match': 'one' }))).toBe('invalid-request');
    expect(problemName(await cancel(id, { 'if-match': '"2"' }))).toBe('precondition-failed');
    expect(problemName(await cancel(newId(), { 'if-match': '"1"' }))).toBe('not-found');
    expect(problemName(await post(`/v1/orders/${id}/cancel`, { 'if-match': '"1"' }))).toBe(
      'idempotency-key-required',
    );
    const stranger = await running.call({
      method: 'POST',
      path: `/v1/orders/${id}/cancel`,
      token: await running.token({ scopes: ['orders:write', 'orders:read:any'] }),
      headers: { 'idempotency-key': newId(), 'if-match': '*' },
    });
    expect(problemName(stranger)).toBe('not-found');
    expect((await cancel(id, { 'if-match': '"1"' })).status).toBe(200);
    expect(problemName(await cancel(id, { 'if-match': '*' }))).toBe('not-cancellable');
  });

  it('once, when several try at the same time', async () => {
    const id = await placed(wish(5));
    const before = await stockOf(running.database, tea.id);
    const answers = await Promise.all(
      ['"1"', '*', '"1"', '*'].map((version) => cancel(id, { 'if-match': version })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses).difference(new Set([200, 409, 412]))).toEqual(new Set());
    expect(await stockOf(running.database, tea.id)).toBe(before + 5);
  });

  it('with the same statements for one line and for many', async () => {
    const statementsOf = async (id: string) => {
      running.database.takeStatements();
      expect((await cancel(id, { 'if-match': '"1"' })).status).toBe(200);
      return running.database.takeStatements().map((text) => text.trim().split(/\s+/, 3).join(' '));
    };
    const one = await statementsOf(await placed());
    const two = await statementsOf(
      await placed({ ...wish(), items: [...wish().items, ...wish(1, cup.id).items] }),
    );
    expect(two).toEqual(one);
    expect(one).toHaveLength(9);
  });
});

describe('POST /v1/orders/batch', () => {
  const batch = (key: string, ...orders: readonly object[]) =>
    post('/v1/orders/batch', { 'idempotency-key': key }, { orders });

  interface Part {
    readonly status: number;
    readonly replayed?: boolean;
    readonly order?: { readonly id: string };
    readonly problem?: { readonly type: string };
  }
  const partsOf = ({ text }: Answer): readonly Part[] => {
    const answer = JSON.parse(text);
    expect(answer).toMatchObject({ results: expect.any(Array) });
    return answer.results;
  };

  it('answers each order by its own merit, in one unit of work', async () => {
    running.database.takeStatements();
    const answer = await batch(newId(), wish(), wish(1, newId()), wish(1_000), wish());
    expect(answer.status).toBe(207);
    const commits = running.database.takeStatements().filter((text) => text === 'commit');
    expect(commits).toHaveLength(1);
    const parts = partsOf(answer);
    expect(parts.map(({ status }) => status)).toEqual([201, 422, 409, 201]);
    const read = await running.call({ method: 'GET', path: `/v1/orders/${parts[3]?.order?.id}`, token });
    expect(read.json()).toEqual(parts[3]?.order);
    expect(parts[2]?.problem?.type).toMatch(/insufficient-stock$/);
  });

  it('answers what was placed again and tries again what was not, by key and place', async () => {
    const [key, pot] = [newId(), aProduct()];
    const orders = [wish(), wish(1, pot.id)];
    const first = partsOf(await batch(key, ...orders));
    expect(first.map(({ status }) => status)).toEqual([201, 422]);
    await running.database.transactions.write(async ({ products }) => products.add(pot));
    const second = partsOf(await batch(key, ...orders));
    expect(second.map(({ status, replayed }) => [status, replayed])).toEqual([
      [201, true],
      [201, false],
    ]);
    expect(second[0]?.order).toEqual(first[0]?.order);
  });

  it('has a key that belongs to the first body of which an order was placed', async () => {
    const [key, keyed] = [newId(), { ...wish(), idempotency_key: newId() }];
    expect(partsOf(await batch(key, wish(1, newId()))).map(({ status }) => status)).toEqual([422]);
    expect((await batch(key, wish(2), keyed)).status).toBe(207);
    const before = await stockOf(running.database, tea.id);
    for (const orders of [[wish(3), wish(2), keyed], [wish(2)], [wish(2), wish()], [keyed]]) {
      const answer = await batch(key, ...orders);
      expect([answer.status, problemName(answer)]).toEqual([422, 'idempotency-key-reused']);
    }
    expect(await stockOf(running.database, tea.id)).toBe(before);
  });

  it('is asked to come again while a call with its key is under way', async () => {
    const key = newId();
    const identity = { principal: ada.id, route: 'POST /v1/orders/batch', key };
    const answer = await running.database.transactions.write(async ({ idempotency }) => {
      await idempotency.tryLock([identity]);
      return batch(key, wish(), wish());
    });
    expect([answer.status, problemName(answer), answer.headers['retry-after']]).toEqual([
      409,
      'request-in-progress',
      '1',
    ]);
  });

  it('is not broken by a key that stands in it twice, and knows an order that came alone', async () => {
    const key = newId();
    const keyed = { ...wish(), idempotency_key: key };
    const parts = partsOf(await batch(newId(), keyed, keyed, wish()));
    expect(parts.map(({ status, replayed }) => [status, replayed])).toEqual([
      [201, false],
      [201, true],
      [201, false],
    ]);
    expect(parts[1]?.order).toEqual(parts[0]?.order);
    const alone = await post('/v1/orders', { 'idempotency-key': key }, wish());
    expect([alone.json(), alone.headers['idempotent-replayed']]).toEqual([parts[0]?.order, 'true']);
  });

  it('takes 100 orders and not one more', async () => {
    const orders = Array.from({ length: 101 }, () => wish());
    expect(partsOf(await batch(newId(), ...orders.slice(1))).every(({ status }) => status === 201)).toBe(
      true,
    );
    expect(problemName(await batch(newId(), ...orders))).toBe('invalid-request');
  });
});

it('every order has its events', async () => {
  expect((await running.database.admin.query(ordersWithoutEvent)).rows).toEqual([]);
});
