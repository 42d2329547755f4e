import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { expect, it, vi } from 'vitest';
import { tokenKeys } from './token-keys.ts';
import { tokenVerifier } from './token-verifier.ts';

async function signer(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .setIssuer('us')
    .setAudience('waybill')
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(privateKey);
  return { jwk, token };
}

it('keys at a URL are fetched once, and again for a key that is new, not for each token that names one', async () => {
  const [old, next] = [await signer('old'), await signer('next')];
  let keys = [old.jwk];
  let fetched = 0;
  const server = createServer((_, response) => {
    fetched += 1;
    response.end(JSON.stringify({ keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    const url = new URL(`http://127.0.0.1:${port}/`);
    const verify = tokenVerifier({ keys: tokenKeys(url, Date.now), issuer: 'us', audience: 'waybill' });
    const kindOf = async (token: string) => (await verify(token)).kind;
    for (let round = 0; round < 5; round += 1) expect(await kindOf(old.token)).toBe('valid');
    expect(fetched).toBe(1);

    keys = [next.jwk];
    for (let round = 0; round < 20; round += 1) expect(await kindOf(next.token)).toBe('invalid');
    expect(fetched).toBe(1);
    await vi.waitFor(async () => expect(await kindOf(next.token)).toBe('valid'), {
      timeout: 20_000,
      interval: 200,
    });
    expect(fetched).toBe(2);
    // The old key is withdrawn with that.
    expect(await kindOf(old.token)).toBe('invalid');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}, 40_000);
