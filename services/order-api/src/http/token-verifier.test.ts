import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenKeys } from './token-keys.ts';
import { tokenVerifier, type VerifyToken } from './token-verifier.ts';

interface Signer {
  readonly key: CryptoKey;
  readonly jwk: JWK;
}

async function signer(kid: string, alg = 'ES256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

const now = () => Math.floor(Date.now() / 1000);

function claims(overrides: Record<string, unknown> = {}) {
  return {
    iss: 'us',
    aud: 'waybill',
    sub: 'ada',
    exp: now() + 60,
    scope: 'orders:read nonsense orders:write',
    ...overrides,
  };
}

function signed(
  by: Signer,
  payload: Record<string, unknown>,
  header: Record<string, string> = {},
): Promise<string> {
  const { kid = '', alg = '' } = by.jwk;
  return new SignJWT(payload).setProtectedHeader({ kid, alg, typ: 'at+jwt', ...header }).sign(by.key);
}

let folder: string;
let file: string;
let ours: Signer;
let verify: VerifyToken;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jwks-'));
  file = path.join(folder, 'jwks.json');
  ours = await signer('ours');
  await writeFile(file, JSON.stringify({ keys: [ours.jwk] }));
  verify = tokenVerifier({
    keys: tokenKeys(pathToFileURL(file), Date.now),
    issuer: 'us',
    audience: 'waybill',
  });
});
afterAll(() => rm(folder, { recursive: true }));

describe('a token', () => {
  it('names its subject and its scopes; unknown scopes mean nothing', async () => {
    expect(await verify(await signed(ours, claims()))).toEqual({
      kind: 'valid',
      principal: { subject: 'ada', scopes: new Set(['orders:read', 'orders:write']) },
    });
  });

  it('may be 30 seconds late, and not more', async () => {
    expect((await verify(await signed(ours, claims({ exp: now() - 25 })))).kind).toBe('valid');
    expect(await verify(await signed(ours, claims({ exp: now() - 35 })))).toEqual({
      kind: 'invalid',
      reason: 'the token has expired',
    });
  });

  it.each([
    ['another issuer', { iss: 'them' }],
    ['another audience', { aud: 'elsewhere' }],
    ['no expiry', { exp: undefined }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a long subject', { sub: 'x'.repeat(256) }],
    ['a subject that no database takes', { sub: 'ada\0' }],
    ['a start in the future', { nbf: now() + 60 }],
  ])('is refused with %s', async (_, overrides) => {
    expect((await verify(await signed(ours, claims(overrides)))).kind).toBe('invalid');
  });

  it('is refused when a foreign key signed it, even under our key’s name', async () => {
    const foreign = await signer('ours');
    expect(await verify(await signed(foreign, claims()))).toEqual({
      kind: 'invalid',
      reason: 'the signature does not match',
    });
  });

  it('is refused without a signature, with a secret for a key, or malformed', async () => {
    const body = Buffer.from(JSON.stringify(claims())).toString('base64url');
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`;
    const withSecret = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'ours', typ: 'at+jwt' })
      .sign(new TextEncoder().encode(JSON.stringify(ours.jwk)));
    for (const token of [none, withSecret, 'a.b.c', 'abc', body]) {
      expect((await verify(token)).kind).toBe('invalid');
    }
  });

  it('is refused under another algorithm, though the key is known', async () => {
    const rsa = await signer('rsa', 'RS256');
    await using both = await keySet([ours.jwk, rsa.jwk]);
    const check = tokenVerifier({ keys: tokenKeys(both.url, Date.now), issuer: 'us', audience: 'waybill' });
    expect((await check(await signed(rsa, claims()))).kind).toBe('invalid');
    expect((await check(await signed(ours, claims()))).kind).toBe('valid');
  });
});

describe('the keys', () => {
  it('in a file are read again for an unknown key, at most every five seconds', async () => {
    let time = 0;
    const next = await signer('next');
    const check = tokenVerifier({
      keys: tokenKeys(pathToFileURL(file), () => time),
      issuer: 'us',
      audience: 'waybill',
    });
    const token = await signed(next, claims());
    expect((await check(token)).kind).toBe('invalid');
    await writeFile(file, JSON.stringify({ keys: [ours.jwk, next.jwk] }));
    time = 4_999;
    expect((await check(token)).kind).toBe('invalid');
    time = 5_000;
    expect((await check(token)).kind).toBe('valid');
  });

  it('in a file are read again after 30 seconds, so that a key can be withdrawn', async () => {
    let time = 0;
    const [kept, withdrawn] = [await signer('kept'), await signer('withdrawn')];
    const own = path.join(folder, 'own.json');
    const keys = tokenKeys(pathToFileURL(own), () => time);
    const check = tokenVerifier({ keys, issuer: 'us', audience: 'waybill' });
    const token = await signed(withdrawn, claims());
    await writeFile(own, JSON.stringify({ keys: [kept.jwk, withdrawn.jwk] }));
    expect((await check(token)).kind).toBe('valid');
    await writeFile(own, JSON.stringify({ keys: [kept.jwk] }));
    time = 29_999;
    expect((await check(token)).kind).toBe('valid');
    time = 30_000;
    expect(await check(token)).toEqual({ kind: 'invalid', reason: 'the key is not known' });
    expect((await check(await signed(kept, claims()))).kind).toBe('valid');
  });

  it('that cannot be had are nobody’s bad token', async () => {
    const missing = pathToFileURL(path.join(folder, 'missing.json'));
    const closed = new URL('http://127.0.0.1:9/jwks');
    for (const url of [missing, closed]) {
      const check = tokenVerifier({ keys: tokenKeys(url, Date.now), issuer: 'us', audience: 'waybill' });
      await expect(check(await signed(ours, claims()))).rejects.toThrow(/ENOENT|fetch failed|bad port/);
    }
  });
});

/** A real HTTP server with a JWKS. */
async function keySet(keys: readonly JWK[]) {
  const server = createServer((_, response) => response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
