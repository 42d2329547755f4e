import { expect, it } from 'vitest';
import { money } from '../../domain/money.ts';
import { GREATEST_STOCK } from '../../domain/product.ts';
import { InMemoryTransactions } from '../../persistence/in-memory/in-memory-transactions.ts';
import { contractOf, declaredProblems } from '../../testing/contract.ts';
import { anOrder, aProduct, aUser, newId } from '../../testing/examples.ts';
import { composeHttpOver, tokenMint } from '../../testing/order-api.ts';

/** Those that follow from a route's shape are produced for every route in answers.test.ts. */
const ofEveryRoute = new Set([
  'unauthenticated',
  'forbidden',
  'invalid-json',
  'body-too-large',
  'unsupported-media-type',
  'invalid-request',
  'invalid-cursor',
  'idempotency-key-required',
  'request-timeout', // what never became a request: protection.test.ts
  'head-too-large', // the same
  'internal-error',
  'service-unavailable',
  'too-many-requests', // whoever asks too much, whatever for: rate-limit tests
]);

const clerk = newId();
const ada = aUser({ email: 'ada@example.com' });
const tea = aProduct({ sku: 'tea', stock: 5 });
const dollarTea = aProduct({ sku: 'dollar', price: money('1.00', 'USD'), stock: 5 });
const gold = aProduct({ sku: 'gold', price: money('9999999999.99', 'EUR'), stock: 5 });
const full = aProduct({ sku: 'full', stock: GREATEST_STOCK });
const ofFull = anOrder(ada, [full]);
const [placed, cancelled] = [anOrder(ada, [tea]), anOrder(ada, [tea], { status: 'cancelled', version: 2 })];

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

const order = (user: string, ...items: readonly (readonly [string, number])[]): Sent => ({
  method: 'POST',
  path: '/v1/orders',
  body: { user_id: user, items: items.map(([product_id, quantity]) => ({ product_id, quantity })) },
});
const adjust = (product_id: string, delta: number): Sent => ({
  method: 'POST',
  path: '/v1/products/stock-adjustments',
  body: { adjustments: [{ product_id, delta }] },
});
const batch = (quantity: number): Sent => ({
  method: 'POST',
  path: '/v1/orders/batch',
  body: { orders: [order(ada.id, [tea.id, quantity]).body] },
});
const cancel = (id: string, ifMatch?: string): Sent => ({
  method: 'POST',
  path: `/v1/orders/${id}/cancel`,
  ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
});
const product = (sku: string, currency: string): Sent => ({
  method: 'POST',
  path: '/v1/products',
  body: { sku, name: 'N', price: '1.00', currency, stock: 1 },
});
const get = (path: string): Sent => ({ method: 'GET', path });

/** A request that breaks the rule, by operation and problem. `used`: its key came with another request before. */
const requests: Readonly<Record<string, Sent>> = {
  'readProblem not-found': get('/problems/none'),
  'readEventSchema not-found': get('/schemas/none'),
  'createUser duplicate-email': {
    method: 'POST',
    path: '/v1/users',
    body: { email: 'ADA@example.com', name: 'Ada' },
  },
  'readUser not-found': get(`/v1/users/${newId()}`),
  'createProduct duplicate-sku': product('tea', 'EUR'),
  'createProduct unsupported-currency': product('yen', 'JPY'),
  'adjustStock unknown-product': adjust(newId(), 1),
  'adjustStock insufficient-stock': adjust(tea.id, -6),
  'placeOrder insufficient-stock': order(ada.id, [tea.id, 6]),
  'placeOrder unknown-user': order(newId(), [tea.id, 1]),
  'placeOrder unknown-product': order(ada.id, [newId(), 1]),
  'placeOrder mixed-currencies': order(ada.id, [tea.id, 1], [dollarTea.id, 1]),
  'placeOrder total-too-large': order(ada.id, [gold.id, 2]),
  'cancelOrder not-found': cancel(newId(), '"1"'),
  'cancelOrder stock-too-large': cancel(ofFull.id, '"1"'),
  'cancelOrder not-cancellable': cancel(cancelled.id, '"2"'),
  'cancelOrder precondition-failed': cancel(placed.id, '"7"'),
  'cancelOrder precondition-required': cancel(placed.id),
  'readOrder not-found': get(`/v1/orders/${newId()}`),
  'readOrderEvents not-found': get(`/v1/orders/${newId()}/events`),
  'listUserOrders not-found': get(`/v1/users/${newId()}/orders`),
};

const keyed: Readonly<Record<string, Sent>> = {
  'placeOrder POST /v1/orders': order(ada.id, [tea.id, 1]),
  'placeOrderBatch POST /v1/orders/batch': batch(1),
  'cancelOrder POST /v1/orders/:id/cancel': cancel(placed.id, '"1"'),
  'adjustStock POST /v1/products/stock-adjustments': adjust(tea.id, 1),
};

const mint = await tokenMint();
const token = await mint.token({ subject: clerk });
const transactions = new InMemoryTransactions();
await transactions.write(async (unit) => {
  unit.users.add(ada);
  for (const one of [tea, dollarTea, gold, full]) unit.products.add(one);
});
await transactions.write(async (unit) => [placed, cancelled, ofFull].forEach((one) => unit.orders.add(one)));
const app = await composeHttpOver(mint, { transactions, reports: transactions.reports });
const { operations } = contractOf((await app.inject('/openapi.json')).json());

async function problemOf({ method, path, body, headers }: Sent, key: string = newId()): Promise<string> {
  const answer = await app.inject({
    method,
    url: path,
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': key, ...headers },
    ...(body && { payload: body }),
  });
  return answer.json<{ type?: string }>().type?.split('/').at(-1) ?? `none: ${answer.payload}`;
}

it.each(Object.entries(requests))('%s is answered', async (name, request) => {
  expect(await problemOf(request)).toBe(name.split(' ')[1]);
});

it.each(Object.entries(keyed))('%s tells when its key is in use, and when it was', async (name, request) => {
  const route = name.slice(name.indexOf(' ') + 1);
  const key = newId();
  const used = { identity: { principal: clerk, route, key }, requestHash: 'another' };
  await transactions.write(async (unit) => {
    expect(await unit.idempotency.tryLock([used.identity])).toEqual([true]);
    expect(await problemOf(request, key)).toBe('request-in-progress');
    const expiresAt = new Date(Date.now() + 60_000);
    const answer = { status: 200, headers: {}, body: '{}' };
    unit.idempotency.put({ ...used, answer, expiresAt }, new Date());
  });
  expect(await problemOf(request, key)).toBe('idempotency-key-reused');
});

it('every problem that an operation declares of its own is answered above', () => {
  const told = new Set([
    ...Object.keys(requests),
    'adjustStock stock-too-large', // more than a column holds: products.contract.ts, reading.integration.test.ts
    ...Object.keys(keyed).flatMap((name) => {
      const [operation] = name.split(' ');
      return [`${operation} request-in-progress`, `${operation} idempotency-key-reused`];
    }),
  ]);
  const declared = operations.flatMap((operation) =>
    declaredProblems(operation)
      .filter((name) => !ofEveryRoute.has(name))
      .map((name) => `${operation.operationId} ${name}`),
  );
  expect(declared.filter((one) => !told.has(one))).toEqual([]);
});
