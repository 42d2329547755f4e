import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { money } from '../domain/money.ts';
import { aProduct, aUser, newId } from '../testing/examples.ts';
import { type Call, runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { refusalOf, refused } from '../testing/refusals.ts';

const [ada, tea, lastCup, dollarMug, yacht] = [
  aUser(),
  aProduct(),
  aProduct({ stock: 1 }),
  aProduct({ price: money('3.00', 'USD') }),
  aProduct({ price: money('9999999999.99', 'EUR') }),
];
let running: RunningOrderApi;
let token: string;

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token({ subject: ada.id, scopes: ['orders:write', 'orders:write:any'] });
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    for (const product of [tea, lastCup, dollarMug, yacht]) products.add(product);
  });
});
afterAll(() => running[Symbol.asyncDispose]());

function ordering(body: unknown, changes: Partial<Call> = {}) {
  const headers = { 'idempotency-key': newId() };
  return refusalOf(running, { method: 'POST', path: '/v1/orders', body, token, headers, ...changes });
}

const items = (...products: readonly { readonly id: string }[]) =>
  products.map(({ id }) => ({ product_id: id, quantity: 1 }));
const good = { user_id: ada.id, items: items(tea) };

describe('POST /v1/orders refuses', () => {
  const first = (changes: object) => ({ ...good, items: [{ ...items(tea)[0], ...changes }] });
  it.each([
    ['"2" for 2', first({ quantity: '2' }), ['#/items/0/quantity']],
    ['a negative quantity', first({ quantity: -1 }), ['#/items/0/quantity']],
    ['none of it', first({ quantity: 0 }), ['#/items/0/quantity']],
    ['half a piece', first({ quantity: 1.5 }), ['#/items/0/quantity']],
    ['more than 1,000', first({ quantity: 1_001 }), ['#/items/0/quantity']],
    ['true for 1', first({ quantity: true }), ['#/items/0/quantity']],
    ['an unknown field', { ...good, total: '0.01' }, ['#/total']],
    ['an unknown field of an item', first({ unit_price: '0.01' }), ['#/items/0/unit_price']],
    ['a user who is no UUID', { ...good, user_id: 'ada' }, ['#/user_id']],
    ['a UUID as a URN', { ...good, user_id: `urn:uuid:${ada.id}` }, ['#/user_id']],
    ['no items', { ...good, items: [] }, ['#/items']],
    [
      '101 items',
      { ...good, items: Array.from({ length: 101 }, () => items({ id: newId() })[0]) },
      ['#/items'],
    ],
    ['one product twice', { ...good, items: items(tea, lastCup, tea) }, ['#/items/2/product_id']],
    ['null', null, ['#']],
    ['a number', 7, ['#']],
  ])('%s', async (_, body, pointers) => {
    expect(await ordering(body)).toMatchObject(refused('invalid-request', pointers));
  });

  it('more faults than it lists, and lists the first twenty', async () => {
    const wrong = Array.from({ length: 1_000 }, () => ({ product_id: 1, quantity: 'x' }));
    const { status, pointers, flaws } = await ordering({ ...good, items: wrong });
    expect([status, pointers.length, flaws]).toEqual([400, 20, []]);
  });

  it('what does not exist: a product, a user', async () => {
    expect(await ordering({ ...good, items: items(tea, { id: newId() }) })).toMatchObject(
      refused('unknown-product', ['#/items/1/product_id']),
    );
    expect(await ordering({ ...good, user_id: newId() })).toMatchObject(refused('unknown-user'));
  });

  it('more than there is, naming the items', async () => {
    const refusal = await ordering({
      ...good,
      items: [...items(tea), { product_id: lastCup.id, quantity: 2 }],
    });
    expect(refusal).toMatchObject(refused('insufficient-stock'));
    expect(refusal.problem.items).toEqual([{ product_id: lastCup.id, requested: 2, available: 1 }]);
  });

  it('two currencies, and a total that is too large', async () => {
    expect(await ordering({ ...good, items: items(tea, dollarMug) })).toMatchObject(
      refused('mixed-currencies'),
    );
    expect(await ordering({ ...good, items: [{ product_id: yacht.id, quantity: 2 }] })).toMatchObject(
      refused('total-too-large'),
    );
  });

  it.each([
    ['no Idempotency-Key', {}],
    ['an empty one', { 'idempotency-key': '' }],
    ['one with a space', { 'idempotency-key': 'a b' }],
    ['a long one', { 'idempotency-key': 'x'.repeat(256) }],
  ])('%s', async (_, headers) => {
    expect(await ordering(good, { headers })).toMatchObject(refused('idempotency-key-required'));
  });

  it('an order for another user without orders:write:any', async () => {
    const other = await running.token({ scopes: ['orders:write'] });
    expect(await ordering(good, { token: other })).toMatchObject(refused('forbidden'));
  });

  it('nothing of all this for good', async () => {
    const answer = await running.call({
      method: 'POST',
      path: '/v1/orders',
      body: { ...good, items: items(tea, lastCup) },
      token,
      headers: { 'idempotency-key': newId() },
    });
    expect(answer.status).toBe(201);
  });
});
