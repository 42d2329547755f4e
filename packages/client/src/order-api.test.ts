import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { bodyOf, orderApi } from './order-api.ts';
import { ApiProblemError, UnexpectedAnswerError } from './problem-error.ts';

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

interface Seen {
  readonly call: string;
  readonly key: string | undefined;
  readonly token: string | undefined;
}

/** A server that gives one reply after the other, and what it was asked. */
async function serving(...replies: readonly Reply[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const { 'idempotency-key': key, authorization: token } = request.headers;
    seen.push({ call: `${request.method} ${request.url}`, key: key?.toString(), token });
    request.resume().on('end', () => {
      const reply = replies[seen.length - 1];
      if (reply) reply(request, response);
      else response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    seen,
    api: orderApi({
      url: `http://127.0.0.1:${port}`,
      token: () => 'secret',
      signal: AbortSignal.timeout(20_000),
      patience: { waitAtMostMs: 10 },
    }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Reply =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const problem = (status: number, name: string, headers: Record<string, string> = {}) =>
  json(
    status,
    { type: `https://x/problems/${name}`, title: 'T', status, detail: 'D', instance: 'r' },
    { 'content-type': 'application/problem+json', ...headers },
  );
const cut: Reply = (_request, response) => {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"id":');
  setTimeout(() => response.destroy(), 5);
};

const body = { user_id: 'u', items: [{ product_id: 'p', quantity: 1 }] };

describe('the client', () => {
  it('sends the token and a key of its own, another for each call', async () => {
    await using server = await serving(json(201, { id: '1' }), json(201, { id: '2' }));
    const orders = [
      bodyOf(await server.api.POST('/v1/orders', { body })),
      bodyOf(await server.api.POST('/v1/orders', { body })),
    ];
    expect(orders.map(({ id }) => id)).toEqual(['1', '2']);
    expect(server.seen.map(({ call, token }) => [call, token])).toEqual([
      ['POST /v1/orders', 'Bearer secret'],
      ['POST /v1/orders', 'Bearer secret'],
    ]);
    const [first, second] = server.seen.map(({ key }) => key);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  it('tries again with the same key while it is told "later", and when an answer breaks off', async () => {
    const later = problem(503, 'service-unavailable', { 'retry-after': '1' });
    const running = problem(409, 'request-in-progress', { 'retry-after': '1' });
    await using server = await serving(later, cut, running, json(201, { id: '1' }));
    const params = { header: { 'idempotency-key': 'mine' } };
    expect(bodyOf(await server.api.POST('/v1/orders', { body, params })).id).toBe('1');
    expect(server.seen.map(({ key }) => key)).toEqual(['mine', 'mine', 'mine', 'mine']);
  });

  it('does not repeat what may have been carried out and has no key', async () => {
    await using server = await serving(problem(503, 'service-unavailable', { 'retry-after': '1' }));
    const call = server.api.POST('/v1/users', { body: { email: 'a@example.com', name: 'A' } });
    await expect(call).rejects.toMatchObject({ status: 503 });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]?.key).toBeUndefined();
  });

  it('rejects with the problem that the API names', async () => {
    await using server = await serving(problem(409, 'insufficient-stock'));
    const error: unknown = await server.api.POST('/v1/orders', { body }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiProblemError);
    expect(error).toMatchObject({ problemName: 'insufficient-stock', status: 409, problem: { detail: 'D' } });
  });

  it('tells when somebody else answers', async () => {
    await using server = await serving(json(404, { nginx: true }));
    const error: unknown = await server.api.GET('/v1/products').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(error).toMatchObject({ message: 'the answer 404 is no problem of the API: {"nginx":true}' });
  });
});
