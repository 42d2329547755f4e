import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, makeCredentials } from '../../../../infra/local/credentials.ts';
import { parsed, run } from '../command-line/run.fixture.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'waybill-token-'));
let credentials: Credentials;

beforeAll(async () => {
  credentials = await makeCredentials(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const keyFile = () => path.join(folder, 'keys', 'private.jwk.json');
const waybill = (...args: readonly string[]) =>
  run(args, { environment: { WAYBILL_SIGNING_KEY_FILE: keyFile() } });

describe('waybill token', () => {
  it('makes a token that the local order API takes, and prints nothing else', async () => {
    const { exitCode, out, err } = await waybill(
      'token',
      '--subject',
      'ada',
      '--scope',
      'orders:read,orders:write',
    );
    expect([exitCode, err]).toEqual([0, '']);
    const keys = createLocalJWKSet(JSON.parse(readFileSync(new URL(credentials.jwksUrl), 'utf8')));
    const { payload, protectedHeader } = await jwtVerify(out.trimEnd(), keys, {
      algorithms: ['ES256'],
      issuer: 'waybill-local',
      audience: 'waybill',
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({ sub: 'ada', scope: 'orders:read orders:write' });
    expect(protectedHeader).not.toHaveProperty('d');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_600);
  });

  it('may do everything unless told otherwise, and says with --json until when', async () => {
    const { out } = await waybill('token', '--ttl', '90s', '--json');
    const [printed] = parsed({ out });
    expect(printed).toMatchObject({
      subject: 'operator',
      scopes: expect.arrayContaining(['orders:write:any']),
    });
    const token = String(Object.entries(printed ?? {}).find(([name]) => name === 'token')?.[1]);
    const { exp = 0, iat = 0, scope } = decodeJwt(token);
    expect(exp - iat).toBe(90);
    expect(printed).toMatchObject({ expires_at: new Date(exp * 1_000).toISOString() });
    expect(String(scope).split(' ')).toHaveLength(8);
  });

  it.each([
    [['--scope', 'orders:read,everything'], 2, 'Unknown: everything'],
    [['--ttl', 'soon'], 2, 'must be a duration'],
  ])('refuses %j', async (args, code, reason) => {
    const { exitCode, out, err } = await waybill('token', ...args);
    expect([exitCode, out]).toEqual([code, '']);
    expect(err).toContain(reason);
  });

  it('says where it looked for the key, and nothing of what it found', async () => {
    const none = await run(['token'], { environment: { WAYBILL_SIGNING_KEY_FILE: '/nowhere/key' } });
    expect(none).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('/nowhere/key') });
    const other = path.join(folder, 'other');
    writeFileSync(other, '{"kty":"RSA","d":"a secret"}');
    const wrong = await run(['token'], { environment: { WAYBILL_SIGNING_KEY_FILE: other } });
    expect(wrong).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('no private key') });
    expect(wrong.err).not.toContain('secret');
  });
});
