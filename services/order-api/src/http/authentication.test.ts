import { createHmac, createPublicKey } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { createLocalJWKSet, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InMemoryTransactions } from '../persistence/in-memory/in-memory-transactions.ts';
import { anOrder, aProduct, aUser, newId } from '../testing/examples.ts';
import { composeHttpOver, publicUrl } from '../testing/order-api.ts';
import { rememberedVerdicts } from './remembered-verdicts.ts';
import { tokenVerifier } from './token-verifier.ts';

const [ada, eve, tea] = [aUser(), aUser(), aProduct()];
const order = anOrder(ada, [tea]);
let http: FastifyInstance;
let key: CryptoKey;
let jwk: JWK;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  jwk = { ...(await exportJWK(pair.publicKey)), kid: 'ours', alg: 'ES256' };
  const store = new InMemoryTransactions();
  await store.write(async ({ users, products, orders }) => {
    users.add(ada);
    users.add(eve);
    products.add(tea);
    orders.add(order);
  });
  const accepted = { keys: createLocalJWKSet({ keys: [jwk] }), issuer: 'us', audience: 'waybill' };
  http = await composeHttpOver(accepted, {
    transactions: store,
    verifyToken: rememberedVerdicts(tokenVerifier(accepted), Date.now),
  });
});
afterAll(() => http.close());

const now = () => Math.floor(Date.now() / 1_000);
const claims = (changes: Record<string, unknown> = {}) => ({
  iss: 'us',
  aud: 'waybill',
  sub: ada.id,
  exp: now() + 600,
  scope: 'orders:read orders:write',
  ...changes,
});
const signed = (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  new SignJWT(claims(changes))
    .setProtectedHeader({ alg: 'ES256', kid: 'ours', typ: 'at+jwt', ...header })
    .sign(key);
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (alg: string) => `${base64({ alg, kid: 'ours', typ: 'at+jwt' })}.${base64(claims())}.`;

/** The public key is known to everybody: whoever takes it for a secret lets everybody in. */
function signedWithPublicKey(secret: string | Buffer): string {
  const content = `${base64({ alg: 'HS256', kid: 'ours', typ: 'at+jwt' })}.${base64(claims())}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
const publicKeyAs = (type: 'pem' | 'der'): string | Buffer => {
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  return type === 'pem'
    ? publicKey.export({ type: 'spki', format: 'pem' })
    : publicKey.export({ type: 'spki', format: 'der' });
};

const read = (token: string) =>
  http.inject({ url: `/v1/orders/${order.id}`, headers: { authorization: `Bearer ${token}` } });

describe('a token', () => {
  it.each([
    ['as it should be', {}],
    ['of type AT+JWT', { typ: 'AT+JWT' }],
    ['with its type written out', { typ: 'application/AT+JWT' }],
  ])('%s is accepted, and again when it comes again', async (_, header) => {
    const token = await signed({}, header);
    expect([(await read(token)).statusCode, (await read(token)).statusCode]).toEqual([200, 200]);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['signed with the public key in PEM for a secret', () => signedWithPublicKey(publicKeyAs('pem'))],
    ['signed with the public key in DER for a secret', () => signedWithPublicKey(publicKeyAs('der'))],
    ['signed with the public JWK for a secret', () => signedWithPublicKey(JSON.stringify(jwk))],
    ['without a signature (none)', () => unsigned('none')],
    ['without a signature (None)', () => unsigned('None')],
    ['without a signature (ES256)', () => unsigned('ES256')],
    ['for another audience', () => signed({ aud: 'elsewhere' })],
    ['without an audience', () => signed({ aud: undefined })],
    ['of another issuer', () => signed({ iss: 'them' })],
    ['that has expired', () => signed({ exp: now() - 31 })],
    ['that never expires', () => signed({ exp: undefined })],
    ['that is not yet valid', () => signed({ nbf: now() + 60 })],
    ['that names nobody', () => signed({ sub: undefined })],
    ['of type JWT, as an ID token is', () => signed({}, { typ: 'JWT' })],
    ['of type application/jwt', () => signed({}, { typ: 'application/jwt' })],
    ['that says no type', () => signed({}, { typ: undefined })],
    ['of a type that only ends like the right one', () => signed({}, { typ: 'not+at+jwt' })],
    ['that ends a session', () => signed({}, { typ: 'logout+jwt' })],
    ['that proves a key and grants nothing', () => signed({}, { typ: 'dpop+jwt' })],
    [
      'with a key of its own in its head',
      async () => {
        const pair = await generateKeyPair('ES256');
        const header = { alg: 'ES256', kid: 'ours', typ: 'at+jwt', jwk: await exportJWK(pair.publicKey) };
        return new SignJWT(claims()).setProtectedHeader(header).sign(pair.privateKey);
      },
    ],
    ['of a key that nobody knows', () => signed({}, { kid: 'theirs' })],
    ['that is larger than any', () => signed({ padding: 'a'.repeat(8_192) })],
    [
      'with other claims under its signature',
      async () => {
        const [head, , signature] = (await signed()).split('.');
        return `${head}.${base64(claims({ scope: 'orders:read:any' }))}.${signature}`;
      },
    ],
    ['that is none', () => 'x'],
  ])('%s is refused', async (_, tokenOf) => {
    const answer = await read(await tokenOf());
    expect([answer.statusCode, answer.json().type]).toEqual([401, `${publicUrl}/problems/unauthenticated`]);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="waybill", error="invalid_token"/);
  });

  it('without the scope is refused, and told which one it needs', async () => {
    const answer = await read(await signed({ scope: 'orders:write users:read' }));
    expect([answer.statusCode, answer.json().type]).toEqual([403, `${publicUrl}/problems/forbidden`]);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope", scope="orders:read"');
  });
});

it('keys that cannot be had are no fault of the token: its request is answered 503 with Retry-After', async () => {
  const verifyToken = async (): Promise<never> => {
    throw new TypeError('fetch failed');
  };
  const accepted = { keys: createLocalJWKSet({ keys: [jwk] }), issuer: 'us', audience: 'waybill' };
  const transactions = new InMemoryTransactions();
  await using keyless = await composeHttpOver(accepted, { transactions, verifyToken });
  const headers = { authorization: `Bearer ${await signed()}` };
  const answer = await keyless.inject({ url: `/v1/orders/${order.id}`, headers });
  expect([answer.statusCode, answer.headers['retry-after'], answer.json().type]).toEqual([
    503,
    '1',
    `${publicUrl}/problems/service-unavailable`,
  ]);
  expect(answer.payload).not.toContain('fetch failed');
  // What asks for no token goes on.
  expect((await keyless.inject('/v1/products')).statusCode).toBe(200);
});

describe('another user’s id', () => {
  it('makes an order look as if it were not there', async () => {
    const answer = await read(await signed({ sub: eve.id }));
    const missing = await http.inject({
      url: `/v1/orders/${newId()}`,
      headers: { authorization: `Bearer ${await signed({ sub: eve.id })}` },
    });
    expect([answer.statusCode, missing.statusCode]).toEqual([404, 404]);
    const problem = ({ type, title, detail }: Record<string, unknown>) => ({ type, title, detail });
    expect(problem(answer.json())).toEqual(problem(missing.json()));
  });

  it('is no id to order for', async () => {
    const answer = await http.inject({
      method: 'POST',
      url: '/v1/orders',
      headers: { authorization: `Bearer ${await signed({ sub: eve.id })}`, 'idempotency-key': newId() },
      payload: { user_id: ada.id, items: [{ product_id: tea.id, quantity: 1 }] },
    });
    expect(answer.statusCode).toBe(403);
  });
});
