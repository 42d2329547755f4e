import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aProduct, aUser } from '../testing/examples.ts';
import { runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { refusalOf, refused } from '../testing/refusals.ts';

const [ada, tea] = [aUser(), aProduct()];
let running: RunningOrderApi;
let token: string;

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token({ scopes: ['users:write', 'catalog:write'] });
  await running.database.transactions.write(async ({ users, products }) => {
    users.add(ada);
    products.add(tea);
  });
});
afterAll(() => running[Symbol.asyncDispose]());

function posting(path: '/v1/users' | '/v1/products', body: unknown) {
  return refusalOf(running, { method: 'POST', path, body, token });
}

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
    expect(await posting('/v1/users', body)).toMatchObject(refused('invalid-request', pointers));
  });

  it('an address that somebody has, in another case', async () => {
    const taken = { ...good, email: ada.email.toUpperCase() };
    expect(await posting('/v1/users', taken)).toMatchObject(refused('duplicate-email'));
  });

  it('all but one of ten that race for an address', async () => {
    const body = { email: 'race@example.com', name: 'R' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => running.call({ method: 'POST', path: '/v1/users', token, body })),
    );
    const losers = answers.filter(({ status }) => status !== 201);
    expect(losers).toHaveLength(9);
    for (const loser of losers)
      expect(loser.json()).toMatchObject({ status: 409, type: refused('duplicate-email').type });
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
    expect(await posting('/v1/products', body)).toMatchObject(refused('invalid-request', pointers));
  });

  it('a currency without two decimals, and a SKU that is taken', async () => {
    expect(await posting('/v1/products', { ...good, currency: 'JPY' })).toMatchObject(
      refused('unsupported-currency'),
    );
    expect(await posting('/v1/products', { ...good, sku: tea.sku })).toMatchObject(refused('duplicate-sku'));
  });
});
