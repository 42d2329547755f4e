import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { expectedVersionOf } from './if-match.ts';

async function expected(header: string | undefined): Promise<unknown> {
  const app = Fastify();
  app.post('/', async (request) => ({ expected: expectedVersionOf(request) ?? 'nothing said' }));
  const answer = await app.inject({
    method: 'POST',
    url: '/',
    ...(header !== undefined && { headers: { 'if-match': header } }),
  });
  return answer.statusCode === 200 ? answer.json()['expected'] : answer.json()['message'];
}

it.each([
  [undefined, 'nothing said'],
  ['*', 'any'],
  ['"1"', [1]],
  ['"2", "3"', [2, 3]],
  ['W/"1"', []],
  ['"1", W/"2"', [1]],
  ['"abc"', []],
  ['"01"', []],
  ['""', []],
])('reads %s as %j', async (header, versions) => {
  expect(await expected(header)).toEqual(versions);
});

it.each(['1', '"1', '"1" "2"', '*, "1"', 'none'])('refuses %s', async (header) => {
  expect(await expected(header)).toMatch(/^If-Match is/);
});
