import { describe, expect, it } from 'vitest';
import { documentedApi } from '../testing/documented-api.ts';
import { publicUrl } from '../testing/order-api.ts';

const app = await documentedApi();

describe('a path that is known', () => {
  it.each([
    ['DELETE', '/v1/orders', 'POST'],
    ['GET', '/v1/orders/0198c0de-0000-7000-8000-000000000001/cancel', 'POST'],
    ['PATCH', '/v1/orders/0198c0de-0000-7000-8000-000000000001', 'GET, HEAD'],
    ['PUT', '/v1/orders/batch', 'POST'],
    ['GET', '/v1/orders/batch', 'POST'],
    ['DELETE', '/v1/users?limit=1', 'GET, HEAD, POST, PUT'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['OPTIONS', '/v1/products', 'GET, HEAD, POST'],
    ['TRACE', '/v1/products', 'GET, HEAD, POST'],
  ] as const)('answers %s %s with what it allows: %s', async (method, url, allow) => {
    const answer = await app.inject({ method, url } as const);
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, allow]);
    expect(answer.json()).toMatchObject({
      type: `${publicUrl}/problems/method-not-allowed`,
      instance: answer.headers['x-request-id'],
    });
  });

  it('does so whatever the body is', async () => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/v1/orders',
      headers: { 'content-type': 'text/plain' },
      payload: '{',
    });
    expect(answer.statusCode).toBe(405);
  });
});

it.each([
  ['GET', '/v1/nothing'],
  ['DELETE', '/v1/orders/a/b/c'],
  ['DELETE', '/v1xorders'],
] as const)('a path that is not is not found: %s %s', async (method, url) => {
  expect((await app.inject({ method, url })).statusCode).toBe(404);
});
