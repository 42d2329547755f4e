import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aUser, newId } from '../testing/examples.ts';
import { type Call, runOrderApi, type RunningOrderApi } from '../testing/order-api.ts';
import { refusalOf, refused } from '../testing/refusals.ts';
import { rowCounts } from '../testing/row-counts.ts';

const ada = aUser();
let running: RunningOrderApi;
let token: string;

beforeAll(async () => {
  running = await runOrderApi();
  token = await running.token();
  await running.database.transactions.write(async ({ users }) => users.add(ada));
});
afterAll(() => running[Symbol.asyncDispose]());

function posting(body: string, headers: Call['headers'] = {}) {
  return refusalOf(running, { method: 'POST', path: '/v1/users', body, headers, token });
}

describe('a body that is no JSON', () => {
  it.each([
    ['broken', '{"email":'],
    ['empty', ''],
    ['a prototype’s poison', '{"__proto__": {"admin": true}}'],
  ])('is refused: %s', async (_, body) => {
    expect(await posting(body)).toMatchObject(refused('invalid-json'));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'is refused as %s',
    async (type) => {
      const body = '{"email":"a@example.com","name":"A"}';
      expect(await posting(body, { 'content-type': type })).toMatchObject(refused('unsupported-media-type'));
    },
  );
});

describe('a body of 1 MiB', () => {
  it('is refused by its declared length', async () => {
    const body = JSON.stringify({ email: 'a@example.com', name: 'x'.repeat(1024 * 1024) });
    expect(await posting(body)).toMatchObject(refused('body-too-large'));
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
    expect(answer).toContain(`"type":"${String(refused('body-too-large').type)}"`);
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
  const challengeTo = async (authorization: string) => {
    expect(await refusalOf(running, { ...call, headers: { authorization } })).toMatchObject(
      refused('unauthenticated'),
    );
    return String((await running.call({ ...call, headers: { authorization } })).headers['www-authenticate']);
  };

  it('is asked for before the body is looked at', async () => {
    const answer = await refusalOf(running, { method: 'POST', path: '/v1/users', body: '{' });
    expect(answer).toMatchObject(refused('unauthenticated'));
    expect(await challengeTo('')).toBe('Bearer realm="waybill"');
  });

  it('has to be a bearer token', async () => {
    expect(await challengeTo(`Basic ${Buffer.from('ada:secret').toString('base64')}`)).toBe(
      'Bearer realm="waybill"',
    );
    expect(await challengeTo('Bearer')).toBe('Bearer realm="waybill"');
  });

  it('is refused when it has expired', async () => {
    expect(await challengeTo(`Bearer ${await running.token({ expiresIn: -31 })}`)).toMatch(
      /invalid_token.*expired/,
    );
  });

  it('is refused when it is foreign: another key, issuer or audience, a secret for a key, a changed letter', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const foreign = await new SignJWT({ scope: 'users:write' })
      .setProtectedHeader({ alg: 'ES256', kid: 'test', typ: 'at+jwt' })
      .setSubject('eve')
      .setIssuer('waybill-test')
      .setAudience('waybill')
      .setExpirationTime('1h')
      .sign(privateKey);
    const [, payload] = token.split('.');
    const header = Buffer.from('{"alg":"HS256","kid":"test","typ":"at+jwt"}').toString('base64url');
    const signature = createHmac('sha256', 'test').update(`${header}.${payload}`).digest('base64url');
    for (const bad of [
      foreign,
      await running.token({ issuer: 'elsewhere' }),
      await running.token({ audience: 'elsewhere' }),
      `${header}.${payload}.${signature}`,
      token.replace('.', '.A'),
    ]) {
      expect(await challengeTo(`Bearer ${bad}`)).toMatch(/error="invalid_token"/);
    }
  });

  it('without the scope is forbidden, and is told which', async () => {
    const narrow = await running.token({ scopes: ['orders:write'] });
    expect(await refusalOf(running, { ...call, token: narrow })).toMatchObject(refused('forbidden'));
    const answer = await running.call({ ...call, token: narrow });
    expect(answer.headers['www-authenticate']).toMatch(/insufficient_scope.*users:write/);
  });
});

describe('a path', () => {
  it.each([
    ['that leads nowhere', '/v1/nothing', refused('not-found')],
    ['with an id that is none', '/v1/orders/nope', refused('invalid-request', ['#/id'])],
    ['that cannot be decoded', '/v1/orders/%zz', refused('invalid-request')],
    ['to an order that does not exist', `/v1/orders/${newId()}`, refused('not-found')],
    ['to the orders of nobody', `/v1/users/${newId()}/orders`, refused('not-found')],
    ['with a limit of 0', '/v1/products?limit=0', refused('invalid-request', ['#/limit'])],
    ['with a limit of 101', `/v1/users/${ada.id}/orders?limit=101`, refused('invalid-request', ['#/limit'])],
    ['with a limit that is no number', '/v1/products?limit=many', refused('invalid-request', ['#/limit'])],
    [
      'with an unknown status',
      `/v1/users/${ada.id}/orders?status=lost`,
      refused('invalid-request', ['#/status']),
    ],
    ['with an unknown parameter', '/v1/products?page=2', refused('invalid-request', ['#/page'])],
    ['with a NUL in what is searched', '/v1/products?q=%00', refused('invalid-request', ['#/q'])],
    ['with a foreign cursor', '/v1/products?cursor=WzFd', refused('invalid-cursor')],
  ])('%s', async (_, path, refusal) => {
    expect(await refusalOf(running, { method: 'GET', path, token })).toMatchObject(refusal);
  });
});
