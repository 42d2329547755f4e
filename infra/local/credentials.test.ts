import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Credentials, localAudience, localIssuer, makeCredentials } from './credentials.ts';
import { seededUser } from './seed.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'waybill-credentials-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function claims(token: string, { jwksUrl }: Credentials) {
  const keys = createLocalJWKSet(JSON.parse(readFileSync(new URL(jwksUrl), 'utf8')));
  const options = { issuer: localIssuer, audience: localAudience, algorithms: ['ES256'], typ: 'at+jwt' };
  return (await jwtVerify(token, keys, options)).payload;
}

it('gives the seeded customer a token for seven days, and the operator one for everything', async () => {
  const made = await makeCredentials(folder);
  const customer = await claims(readFileSync(made.tokenFile, 'utf8').trim(), made);
  expect(customer).toMatchObject({ sub: seededUser.id, scope: 'orders:read orders:write users:read' });
  expect((customer.exp ?? 0) - (customer.iat ?? 0)).toBe(7 * 24 * 60 * 60);
  const operator = await claims(readFileSync(made.operatorTokenFile, 'utf8').trim(), made);
  expect(operator.scope).toContain('orders:write:any');
});

it('keeps its key, so that a token of the run before is good in this one', async () => {
  const first = await makeCredentials(folder);
  const token = readFileSync(first.tokenFile, 'utf8').trim();
  expect(await claims(token, await makeCredentials(folder))).toMatchObject({ sub: seededUser.id });
});

it('shows key and tokens to this user alone, and publishes no private part', async () => {
  const made = await makeCredentials(folder);
  const files = [made.tokenFile, made.operatorTokenFile, path.join(folder, 'keys/private.jwk.json')];
  expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  const { keys }: { keys: object[] } = JSON.parse(readFileSync(new URL(made.jwksUrl), 'utf8'));
  expect(keys.map((key) => 'd' in key)).toEqual([false]);
});
