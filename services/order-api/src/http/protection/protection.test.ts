import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import Value from 'typebox/value';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { InMemoryTransactions } from '../../persistence/in-memory/in-memory-transactions.ts';
import { newId } from '../../testing/examples.ts';
import { composeHttpOver, publicUrl, type TokenMint, tokenMint } from '../../testing/order-api.ts';
import { Problem } from '../problems.ts';
import type { TokenSettings } from '../token-verifier.ts';
import { type Protection, unprotected } from './protection.ts';
import type { Rate } from './rate-limit.ts';

let mint: TokenMint & TokenSettings;
const opened: FastifyInstance[] = [];

beforeAll(async () => {
  mint = await tokenMint();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((http) => http.close()));
});

async function apiWith(protection: Partial<Protection>): Promise<FastifyInstance> {
  const http = await composeHttpOver(mint, {
    transactions: new InMemoryTransactions(),
    protection: { ...unprotected, ...protection },
  });
  opened.push(http);
  return http;
}

const limit = { timeout: 15_000, interval: 20 };

/** Sends what is written as it is, and tells everything that comes until the server hangs up. */
async function rawly(http: FastifyInstance) {
  const { port } = new URL(await http.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(port), '127.0.0.1');
  const answer = { text: '' };
  socket.on('data', (chunk) => {
    answer.text += String(chunk);
  });
  const hungUp = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, answer, hungUp };
}

/** A whole answer, with the problem that the document names. */
function problemIn(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const problem = Value.Parse(Problem, JSON.parse(body));
  expect(head).toContain('content-type: application/problem+json');
  expect(head).toContain(`x-request-id: ${problem.instance}`);
  return { status: /^HTTP\/1.1 (\d+ .*)\r\n/.exec(text)?.[1], problem: problem.type.split('/').at(-1) };
}

describe('a client that is too slow', () => {
  it('with the head of its request is told so and cut off', async () => {
    const timeouts = { headersMs: 150, requestMs: 10_000, keepAliveMs: 10_000, drainMs: 7_000 };
    const { socket, answer, hungUp } = await rawly(await apiWith({ timeouts }));
    socket.write('GET /v1/products HTTP/1.1\r\nhost: a\r\nx-slow:');
    await hungUp;
    expect(problemIn(answer.text)).toEqual({ status: '408 Request Timeout', problem: 'request-timeout' });
  });

  it('with the body, too', async () => {
    const timeouts = { headersMs: 150, requestMs: 300, keepAliveMs: 10_000, drainMs: 7_000 };
    const { socket, answer, hungUp } = await rawly(await apiWith({ timeouts }));
    const head = [
      'POST /nowhere HTTP/1.1',
      'host: a',
      'content-type: application/json',
      'content-length: 20',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    await hungUp;
    expect(problemIn(answer.text)).toEqual({ status: '408 Request Timeout', problem: 'request-timeout' });
  });

  it('with its next request loses its connection without a word', async () => {
    const timeouts = { headersMs: 10_000, requestMs: 10_000, keepAliveMs: 100, drainMs: 7_000 };
    const { socket, answer, hungUp } = await rawly(await apiWith({ timeouts }));
    socket.write('GET /nowhere HTTP/1.1\r\nhost: a\r\n\r\n');
    await hungUp;
    expect(answer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer.text).toContain('404');
  });
});

it.each([
  [
    '431 Request Header Fields Too Large',
    'head-too-large',
    `GET / HTTP/1.1\r\nhost: a\r\nx-large: ${'a'.repeat(20_000)}\r\n\r\n`,
  ],
  ['400 Bad Request', 'invalid-request', 'no HTTP at all\r\n\r\n'],
])('what never became a request is answered %s: %s', async (status, problem, sent) => {
  const { socket, answer, hungUp } = await rawly(await apiWith({}));
  socket.write(sent);
  await hungUp;
  expect(problemIn(answer.text)).toEqual({ status, problem });
});

it('what comes while the service closes is turned away with a problem', async () => {
  const http = await apiWith({});
  const accepted: Socket[] = [];
  http.server.on('connection', (socket) => accepted.push(socket));
  const { socket, answer, hungUp } = await rawly(http);
  socket.write('GET /v1/products HTTP/1.1\r\nhost: a\r\n');
  // Until its first bytes are there the connection is idle, and closed with the others.
  await vi.waitFor(() => expect(accepted[0]?.bytesRead).toBeGreaterThan(0), limit);
  const closed = http.close();
  await vi.waitFor(() => expect(http.server.listening).toBe(false), limit);
  socket.write('\r\n');
  await hungUp;
  await closed;
  expect(answer.text).toMatch(
    /^HTTP\/1.1 503 (?=[^]*retry-after: 1\r)(?=[^]*connection: close\r)[^]*service-unavailable/i,
  );
});

it.each([
  ['too deep', `${'['.repeat(17)}${']'.repeat(17)}`],
  ['with too long an array', `{"items": [${'{},'.repeat(1_000)}{}]}`],
])('a body %s is refused before it is looked at', async (_, payload) => {
  const http = await apiWith({});
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await mint.token()}` };
  const answer = await http.inject({ method: 'POST', url: '/v1/users', headers, payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({ type: `${publicUrl}/problems/invalid-request` });
  expect(answer.json()).not.toHaveProperty('errors');
});

it('answers tell browsers to run nothing and to guess nothing; the readable pages run their own files', async () => {
  const http = await apiWith({});
  const { headers } = await http.inject('/v1/products');
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringContaining("default-src 'none'"),
    'x-content-type-options': 'nosniff',
    'strict-transport-security': expect.stringContaining('max-age='),
  });
  const docs = await http.inject('/docs/');
  expect(docs.headers['content-security-policy']).toContain("script-src 'self'");
});

it('an event loop that is late turns requests away until it has caught up', async () => {
  const observer = { ...unprotected.observer, shed: vi.fn<() => void>() };
  const http = await apiWith({ maxEventLoopDelayMs: 50, observer });
  await http.ready();
  let isBusy = true;
  const busy = (async () => {
    while (isBusy) {
      const until = performance.now() + 120;
      while (performance.now() < until);
      await nextTurn();
    }
  })();
  await vi.waitFor(async () => {
    const answer = await http.inject('/v1/products');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.json()).toMatchObject({ type: `${publicUrl}/problems/service-unavailable` });
  }, limit);
  expect(observer.shed).toHaveBeenCalled();
  isBusy = false;
  await busy;
  await vi.waitFor(async () => expect((await http.inject('/v1/products')).statusCode).toBe(200), limit);
}, 30_000);

it('an event loop that stood still once turns nobody away', async () => {
  const http = await apiWith({ maxEventLoopDelayMs: 50 });
  await http.ready();
  const answers = new Set<number>();
  const asked = performance.now();
  const stall = setTimeout(() => {
    const until = performance.now() + 700;
    while (performance.now() < until);
  }, 100);
  while (performance.now() < asked + 2_000) {
    answers.add((await http.inject('/v1/products')).statusCode);
    await nextTurn();
  }
  clearTimeout(stall);
  expect([...answers]).toEqual([200]);
}, 30_000);

describe('a rate', () => {
  const observer = {
    shed: vi.fn<() => void>(),
    limited: vi.fn<() => void>(),
    unchecked: vi.fn<() => void>(),
  };
  const counted = new Map<string, number>();
  let isAway = false;
  const counter = {
    async count(key: string): Promise<Rate | undefined> {
      if (isAway) return undefined;
      counted.set(key, (counted.get(key) ?? 0) + 1);
      return { requests: counted.get(key) ?? 0, resetMs: 41_500 };
    },
  };
  const limited = () => apiWith({ rateLimit: { kind: 'per minute', requests: 2, counter }, observer });
  afterEach(() => {
    counted.clear();
    vi.resetAllMocks();
    isAway = false;
  });
  const read = async (http: FastifyInstance, token: string) =>
    http.inject({ url: `/v1/orders/${newId()}`, headers: { authorization: `Bearer ${token}` } });

  it('that is used up is answered 429 with the time to wait, and is each principal’s own', async () => {
    const http = await limited();
    const [ada, eve] = [await mint.token({ subject: 'ada' }), await mint.token({ subject: 'eve' })];
    expect([(await read(http, ada)).statusCode, (await read(http, ada)).statusCode]).toEqual([404, 404]);
    const answer = await read(http, ada);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '42']);
    expect(answer.json()).toMatchObject({ type: `${publicUrl}/problems/too-many-requests`, status: 429 });
    expect(observer.limited).toHaveBeenCalledOnce();
    expect((await read(http, eve)).statusCode).toBe(404);
    // Another token of the same principal is no way around.
    expect((await read(http, await mint.token({ subject: 'ada', expiresIn: 500 }))).statusCode).toBe(429);
    expect([...counted.keys()]).toEqual(['principal:ada', 'principal:eve']);
  });

  it('belongs to the address where no token is asked for', async () => {
    const http = await limited();
    const list = () => http.inject('/v1/products');
    const answers = [await list(), await list(), await list()];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect([...counted.keys()]).toEqual(['address:127.0.0.1']);
  });

  it('that cannot be counted limits nobody, and that is counted', async () => {
    isAway = true;
    const http = await limited();
    const answers = await Promise.all([1, 2, 3, 4].map(() => http.inject('/v1/products')));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect(observer.unchecked).toHaveBeenCalledTimes(4);
  });
});
