import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';

let running: RunningOrderApi;
let token: string;

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token();
});
afterAll(() => running[Symbol.asyncDispose]());

it('POST /v1/users answers 201 with the user', async () => {
  const answer = await running.call({
    method: 'POST',
    path: '/v1/users',
    token,
    body: { email: 'Ada.Lovelace@example.com', name: 'Ada Lovelace, née Byron' },
  });
  expect(answer.status).toBe(201);
  expect(answer.json()).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
    email: 'Ada.Lovelace@example.com',
    name: 'Ada Lovelace, née Byron',
    created_at: expect.stringMatching(/Z$/),
  });
});

it('POST /v1/products answers 201 with the product, its price with two decimals', async () => {
  const product = { sku: 'one', name: 'One', price: '1.5', currency: 'USD', stock: 0 };
  const answer = await running.call({ method: 'POST', path: '/v1/products', token, body: product });
  expect(answer.status).toBe(201);
  expect(answer.json()).toEqual({ id: expect.any(String), ...product, price: '1.50' });
});

it('GET /v1/products is public, finds a part of the name literally, and goes on behind a cursor', async () => {
  for (const name of ['100% Wool', '100 Wool', 'Wool 100% pure', '100% WOOL sock']) {
    const body = { sku: name, name, price: '1', currency: 'EUR', stock: 1 };
    expect((await running.call({ method: 'POST', path: '/v1/products', token, body })).status).toBe(201);
  }
  const get = (query: string) => running.call({ method: 'GET', path: `/v1/products?${query}` });
  const first = await get('q=100%25%20wool&limit=1');
  expect(first.status).toBe(200);
  expect(first.json()).toMatchObject({ data: [{ name: '100% Wool' }], has_more: true });

  const cursor = String(first.json()['next_cursor']);
  const second = await get(`q=100%25%20wool&limit=1&cursor=${cursor}`);
  expect(second.json()).toMatchObject({
    data: [{ name: '100% WOOL sock' }],
    has_more: false,
    next_cursor: null,
  });

  const foreign = await get(`q=wool&cursor=${cursor}`);
  expect([foreign.status, foreign.json()['type']]).toEqual([
    400,
    'https://orders.example/problems/invalid-cursor',
  ]);
  expect((await get('')).json()['data']).toHaveLength(5);
});
