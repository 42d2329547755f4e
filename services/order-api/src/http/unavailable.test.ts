import { describe, expect, it, vi } from 'vitest';
import { newId } from '../testing/examples.ts';
import { composeHttpOver, storesThat, tokenMint } from '../testing/order-api.ts';
import { StorageError } from '../use-cases/storage-error.ts';

const mint = await tokenMint();

/** What the service says when every transaction ends with this SQLSTATE. */
async function detailOf(sqlState: string, method: 'GET' | 'POST', url: string, body?: object) {
  const fail = async (): Promise<never> => {
    throw new StorageError({ sqlState });
  };
  await using http = await composeHttpOver(mint, storesThat(fail));
  const answer = await http.inject({
    method,
    url,
    headers: { authorization: `Bearer ${await mint.token()}`, 'idempotency-key': 'a' },
    ...(body && { payload: body }),
  });
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
  return answer.json<{ detail: string }>().detail;
}

const user = { email: 'ada@example.com', name: 'Ada' };
const order = { user_id: newId(), items: [{ product_id: newId(), quantity: 1 }] };
const notKnown = 'It is not known whether the request was carried out.';

describe('when the database was not reached to the end', () => {
  it.each(['08000', '08006', '40003'])(
    'after %s it does not claim that nothing happened',
    async (sqlState) => {
      expect(await detailOf(sqlState, 'POST', '/v1/users', user)).toBe(notKnown);
    },
  );

  it.each(['40001', '53300', '57P01'])('after %s it says that nothing happened', async (sqlState) => {
    expect(await detailOf(sqlState, 'POST', '/v1/users', user)).toBe('The request was not carried out.');
  });

  it('promises that a repetition is harmless only where keys are kept, whatever the last try met', async () => {
    const promise = `${notKnown} Sent again with the same Idempotency-Key, it is carried out once.`;
    expect(await detailOf('08006', 'POST', '/v1/orders', order)).toBe(promise);
    expect(await detailOf('57P03', 'POST', '/v1/orders', order)).toBe(promise);
  });

  const product = { sku: 'tea', name: 'Tea', price: '1.00', currency: 'EUR', stock: 1 };
  const adjustment = { adjustments: [{ product_id: newId(), delta: 1 }] };
  it.each<[string, 'POST' | 'PUT', string, object | undefined, number]>([
    ['once without a key: a registration', 'POST', '/v1/users', user, 1],
    ['once without a key: a new product', 'POST', '/v1/products', product, 1],
    ['once without a key: a user by address', 'PUT', '/v1/users', user, 1],
    ['five times under a key: an order', 'POST', '/v1/orders', order, 5],
    ['five times under a key: a batch', 'POST', '/v1/orders/batch', { orders: [order] }, 5],
    ['five times under a key: a delivery', 'POST', '/v1/products/stock-adjustments', adjustment, 5],
    ['five times under a key: a cancellation', 'POST', `/v1/orders/${newId()}/cancel`, undefined, 5],
  ])('a request is tried %s', async (_, method, url, payload, times) => {
    const fail = vi.fn<() => Promise<never>>(async () => {
      throw new StorageError({ sqlState: '08006' });
    });
    await using http = await composeHttpOver(mint, storesThat(fail));
    const headers = {
      authorization: `Bearer ${await mint.token()}`,
      'if-match': '*',
      ...(times > 1 && { 'idempotency-key': 'a' }),
    };
    await http.inject({ method, url, headers, ...(payload && { payload }) });
    expect(fail).toHaveBeenCalledTimes(times);
  });

  it('knows that reading changes nothing', async () => {
    expect(await detailOf('08006', 'GET', '/v1/products')).toBe('The request was not carried out.');
  });
});
