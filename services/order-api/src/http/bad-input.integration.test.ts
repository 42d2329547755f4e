import { connect } from 'node:net';
import { createHmac } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import Value from 'typebox/value';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { money } from '../domain/money.ts';
import { aProduct, aUser, newId } from '../testing/examples.ts';
import { type Call, publicUrl, runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { rowCounts } from '../testing/row-counts.ts';
import { Problem, type ProblemName } from './problems.ts';

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
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    for (const product of [tea, lastCup, dollarMug, yacht]) products.add(product);
  });
});
afterAll(() => running[Symbol.asyncDispose]());
beforeEach(async () => {
  token = await running.token();
});

interface Refusal {
  readonly status: number;
  readonly name: ProblemName;
  /** Pointers of `errors`, when the problem has any. */
  readonly pointers?: readonly string[];
}

/** The call gets this problem, told completely, and nothing is written. */
async function expectRefusal(
  call: Call,
  { status, name, pointers }: Refusal,
): Promise<Record<string, unknown>> {
  const before = await rowCounts(running.database.admin);
  const answer = await running.call({ token, ...call });
  expect(answer.json()).toMatchObject({ type: `${publicUrl}/problems/${name}`, status });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = answer.json();
  expect(Value.Errors(Problem, problem)).toEqual([]);
  expect(problem['instance']).toBe(answer.headers['x-request-id']);
  expect(answer.text).not.toMatch(/select |insert |order_items|idempotency_keys|node_modules|\.ts:/i);
  if (pointers) expect(pointersOf(problem).toSorted()).toEqual(pointers.toSorted());
  expect(await rowCounts(running.database.admin)).toEqual(before);
  return problem;
}

function pointersOf({ errors }: Record<string, unknown>): string[] {
  return Array.isArray(errors) ? errors.map(({ pointer }: { pointer: string }) => pointer) : [];
}

function order(body: unknown, headers: Call['headers'] = {}): Call {
  return { method: 'POST', path: '/v1/orders', body, headers: { 'idempotency-key': newId(), ...headers } };
}

const items = (...products: readonly { readonly id: string }[]) =>
  products.map(({ id }) => ({ product_id: id, quantity: 1 }));

describe('POST /v1/users refuses', () => {
  const good = { email: 'grace@example.com', name: 'Grace' };
  it.each([
    ['a number for a name', { ...good, name: 7 }, ['#/name']],
    ['null for a name', { ...good, name: null }, ['#/name']],
    ['a name of spaces', { ...good, name: '   ' }, ['#/name']],
    ['a name with a NUL', { ...good, name: 'Gra\0ce' }, ['#/name']],
    ['half a surrogate', { ...good, name: 'Grace \ud800' }, ['#/name']],
    ['a long name', { ...good, name: 'x'.repeat(61) }, ['#/name']],
    ['no e-mail', { name: 'Grace' }, ['#/email']],
    ['an address without a domain', { ...good, email: 'grace@' }, ['#/email']],
    ['an address with a NUL', { ...good, email: 'gra\0ce@example.com' }, ['#/email']],
    ['a long address', { ...good, email: `${'x'.repeat(120)}@example.com` }, ['#/email']],
    ['an unknown field', { ...good, 'admin/~': true }, ['#/admin~1~0']],
    ['a list', [good], ['#']],
    ['everything wrong at once', { email: 1, nom: 2 }, ['#/email', '#/name', '#/nom']],
  ])('%s', async (_, body, pointers) => {
    await expectRefusal(
      { method: 'POST', path: '/v1/users', body },
      { status: 400, name: 'invalid-request', pointers },
    );
  });

  it('an address that somebody has, in another case', async () => {
    await expectRefusal(
      { method: 'POST', path: '/v1/users', body: { ...good, email: ada.email.toUpperCase() } },
      { status: 409, name: 'duplicate-email' },
    );
  });

  it('all but one of ten that race for an address', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        running.call({
          method: 'POST',
          path: '/v1/users',
          token,
          body: { email: 'race@example.com', name: 'R' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.json()).toMatchObject({ type: `${publicUrl}/problems/duplicate-email` });
    const { rows } = await running.database.admin.query(`select from users where email = 'race@example.com'`);
    expect(rows).toHaveLength(1);
  });
});

describe('POST /v1/products refuses', () => {
  const good = { sku: 'mug', name: 'Mug', price: '3.00', currency: 'EUR', stock: 5 };
  it.each([
    ['a number for a price', { ...good, price: 3 }, ['#/price']],
    ['a negative price', { ...good, price: '-3.00' }, ['#/price']],
    ['three decimals', { ...good, price: '3.001' }, ['#/price']],
    ['more than numeric(12,2)', { ...good, price: '10000000000.00' }, ['#/price']],
    ['a negative stock', { ...good, stock: -1 }, ['#/stock']],
    ['"5" for 5', { ...good, stock: '5' }, ['#/stock']],
    ['half a piece', { ...good, stock: 0.5 }, ['#/stock']],
    ['more than an integer', { ...good, stock: 2_147_483_648 }, ['#/stock']],
    ['a currency in small letters', { ...good, currency: 'eur' }, ['#/currency']],
    ['a version', { ...good, version: 9 }, ['#/version']],
  ])('%s', async (_, body, pointers) => {
    await expectRefusal(
      { method: 'POST', path: '/v1/products', body },
      { status: 400, name: 'invalid-request', pointers },
    );
  });

  it('a currency without two decimals, and a SKU that is taken', async () => {
    const post = (body: unknown): Call => ({ method: 'POST', path: '/v1/products', body });
    await expectRefusal(post({ ...good, currency: 'JPY' }), { status: 422, name: 'unsupported-currency' });
    await expectRefusal(post({ ...good, sku: tea.sku }), { status: 409, name: 'duplicate-sku' });
  });
});

describe('POST /v1/orders refuses', () => {
  const good = { user_id: ada.id, items: items(tea) };
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
    await expectRefusal(order(body), { status: 400, name: 'invalid-request', pointers });
  });

  it('more faults than it lists, and lists the first twenty', async () => {
    const body = { ...good, items: Array.from({ length: 2_000 }, () => ({ product_id: 1, quantity: 'x' })) };
    const problem = await expectRefusal(order(body), { status: 400, name: 'invalid-request' });
    expect(pointersOf(problem)).toHaveLength(20);
  });

  it('what does not exist: a product, a user', async () => {
    await expectRefusal(order({ ...good, items: items(tea, { id: newId() }) }), {
      status: 422,
      name: 'unknown-product',
      pointers: ['#/items/1/product_id'],
    });
    await expectRefusal(order({ ...good, user_id: newId() }), { status: 422, name: 'unknown-user' });
  });

  it('more than there is, naming the items', async () => {
    const body = { ...good, items: [...items(tea), { product_id: lastCup.id, quantity: 2 }] };
    const problem = await expectRefusal(order(body), { status: 409, name: 'insufficient-stock' });
    expect(problem['items']).toEqual([{ product_id: lastCup.id, requested: 2, available: 1 }]);
  });

  it('two currencies, and a total that is too large', async () => {
    await expectRefusal(order({ ...good, items: items(tea, dollarMug) }), {
      status: 422,
      name: 'mixed-currencies',
    });
    await expectRefusal(order({ ...good, items: [{ product_id: yacht.id, quantity: 2 }] }), {
      status: 422,
      name: 'total-too-large',
    });
  });

  it.each([
    ['no Idempotency-Key', {}],
    ['an empty one', { 'idempotency-key': '' }],
    ['one with a space', { 'idempotency-key': 'a b' }],
    ['a long one', { 'idempotency-key': 'x'.repeat(256) }],
  ])('%s', async (_, headers) => {
    await expectRefusal(
      { method: 'POST', path: '/v1/orders', body: good, headers },
      { status: 400, name: 'idempotency-key-required' },
    );
  });

  it('an order for another user without orders:write:any', async () => {
    token = await running.token({ scopes: ['orders:write'] });
    await expectRefusal(order(good), { status: 403, name: 'forbidden' });
  });
});

describe('a body that is no JSON', () => {
  const post = (body: string, headers: Call['headers'] = {}): Call => ({
    method: 'POST',
    path: '/v1/users',
    body,
    headers,
  });
  it.each([
    ['broken', '{"email":'],
    ['empty', ''],
    ['a prototype’s poison', '{"__proto__": {"admin": true}}'],
  ])('is refused: %s', async (_, body) => {
    await expectRefusal(post(body), { status: 400, name: 'invalid-json' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'is refused as %s',
    async (type) => {
      await expectRefusal(post('{"email":"a@b.de","name":"A"}', { 'content-type': type }), {
        status: 415,
        name: 'unsupported-media-type',
      });
    },
  );
});

describe('a body of 1 MiB', () => {
  const mebibyte = JSON.stringify({ email: 'a@b.de', name: 'x'.repeat(1024 * 1024) });

  it('is refused by its declared length', async () => {
    await expectRefusal(
      { method: 'POST', path: '/v1/users', body: mebibyte },
      { status: 413, name: 'body-too-large' },
    );
  });

  it('is refused over a real socket too, when it comes in chunks of undeclared length', async () => {
    const before = await rowCounts(running.database.admin);
    const url = new URL(await running.http.listen({ host: '127.0.0.1', port: 0 }));
    const answer = await rawRequest(Number(url.port), [
      'POST /v1/users HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n',
      `authorization: Bearer ${token}\r\n\r\n`,
      ...Array.from({ length: 32 }, () => `8000\r\n${'x'.repeat(0x8000)}\r\n`),
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain(`"type":"${publicUrl}/problems/body-too-large"`);
    expect(await rowCounts(running.database.admin)).toEqual(before);
  });
});

/** Sends text and returns what came back until the server closed. */
function rawRequest(port: number, parts: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(port, '127.0.0.1', () => parts.forEach((part) => socket.write(part)));
  socket.on('data', (data) => (answer += data.toString()));
  socket.on('error', () => undefined); // the server may hang up while we still write: what it said before counts
  socket.on('close', () => resolve(answer));
  return promise;
}

describe('a token', () => {
  const body = { email: 'eve@example.com', name: 'Eve' };
  const call: Call = { method: 'POST', path: '/v1/users', body };
  const expect401 = async (bad: string, error: RegExp) => {
    const before = await rowCounts(running.database.admin);
    const answer = await running.call({ ...call, headers: { authorization: bad } });
    expect([answer.status, answer.json()['type']]).toEqual([401, `${publicUrl}/problems/unauthenticated`]);
    expect(answer.headers['www-authenticate']).toMatch(error);
    expect(await rowCounts(running.database.admin)).toEqual(before);
  };

  it('is asked for before the body is looked at', async () => {
    await expect401('', /^Bearer realm="waybill"$/);
    const answer = await running.call({ method: 'POST', path: '/v1/users', body: '{' });
    expect(answer.status).toBe(401);
  });

  it('has to be a bearer token', async () => {
    await expect401(`Basic ${Buffer.from('ada:secret').toString('base64')}`, /^Bearer realm="waybill"$/);
    await expect401('Bearer', /^Bearer realm="waybill"$/);
  });

  it('is refused when it has expired', async () => {
    await expect401(`Bearer ${await running.token({ expiresIn: -31 })}`, /invalid_token.*expired/);
  });

  it('is refused when it is foreign: another key, issuer or audience, or a secret for a key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const foreign = await new SignJWT({ scope: 'users:write' })
      .setProtectedHeader({ alg: 'ES256', kid: 'test' })
      .setSubject('eve')
      .setIssuer('waybill-test')
      .setAudience('waybill')
      .setExpirationTime('1h')
      .sign(privateKey);
    await expect401(`Bearer ${foreign}`, /invalid_token/);
    await expect401(`Bearer ${await running.token({ issuer: 'elsewhere' })}`, /invalid_token/);
    await expect401(`Bearer ${await running.token({ audience: 'elsewhere' })}`, /invalid_token/);
    const [, payload] = token.split('.');
    const header = Buffer.from('{"alg":"HS256","kid":"test"}').toString('base64url');
    const signature = createHmac('sha256', 'test').update(`${header}.${payload}`).digest('base64url');
    await expect401(`Bearer ${header}.${payload}.${signature}`, /invalid_token/);
    await expect401(`Bearer ${token}x`, /invalid_token/);
  });

  it('without the scope is forbidden, and is told which', async () => {
    token = await running.token({ scopes: ['orders:write'] });
    await expectRefusal(call, { status: 403, name: 'forbidden' });
    const answer = await running.call({ ...call, token });
    expect(answer.headers['www-authenticate']).toMatch(/insufficient_scope.*users:write/);
  });
});

describe('a path', () => {
  it.each([
    ['that leads nowhere', '/v1/nothing', 404, 'not-found'],
    ['with an id that is none', '/v1/orders/nope', 400, 'invalid-request'],
    ['that cannot be decoded', '/v1/orders/%zz', 400, 'invalid-request'],
    ['to an order that does not exist', `/v1/orders/${newId()}`, 404, 'not-found'],
    ['to the orders of nobody', `/v1/users/${newId()}/orders`, 404, 'not-found'],
    ['with a limit of 0', '/v1/products?limit=0', 400, 'invalid-request'],
    ['with a limit of 101', `/v1/users/${ada.id}/orders?limit=101`, 400, 'invalid-request'],
    ['with a limit that is no number', '/v1/products?limit=many', 400, 'invalid-request'],
    ['with an unknown status', `/v1/users/${ada.id}/orders?status=lost`, 400, 'invalid-request'],
    ['with an unknown parameter', '/v1/products?page=2', 400, 'invalid-request'],
    ['with a NUL in what is searched', '/v1/products?q=%00', 400, 'invalid-request'],
    ['with a foreign cursor', '/v1/products?cursor=WzFd', 400, 'invalid-cursor'],
  ] as const)('%s', async (_, path, status, name) => {
    await expectRefusal({ method: 'GET', path }, { status, name });
  });
});
