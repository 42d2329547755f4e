import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { seededUser } from './seed.ts';

/** Who signs and for whom, on a developer's machine. */
export const localIssuer = 'waybill-local';
export const localAudience = 'waybill';

const customerScopes = ['orders:read', 'orders:write', 'users:read'];
const operatorScopes = [
  ...customerScopes,
  'users:write',
  'catalog:write',
  'orders:read:any',
  'orders:write:any',
  'reports:read',
];

export interface Credentials {
  /** `file:` URL of the public keys (RFC 7517). */
  readonly jwksUrl: string;
  /** A file with the seeded customer's token. */
  readonly tokenFile: string;
  /** A file with a token that may do everything. */
  readonly operatorTokenFile: string;
}

/**
 * Makes the signing key once, and both tokens anew, good for seven days. Only this user can read key and tokens.
 *
 * @param folder takes `token`, `operator-token` and `keys/`
 */
export async function makeCredentials(folder: string): Promise<Credentials> {
  const keys = path.join(folder, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const privateKey = await signingKey(path.join(keys, 'private.jwk.json'));
  const jwks = path.join(keys, 'jwks.json');
  writeFileSync(jwks, `${JSON.stringify({ keys: [publicPart(privateKey)] }, null, 2)}\n`);
  const files = {
    tokenFile: path.join(folder, 'token'),
    operatorTokenFile: path.join(folder, 'operator-token'),
  };
  await writeToken(files.tokenFile, privateKey, seededUser.id, customerScopes);
  await writeToken(files.operatorTokenFile, privateKey, 'operator', operatorScopes);
  return { jwksUrl: pathToFileURL(jwks).href, ...files };
}

async function signingKey(file: string): Promise<JWK> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: `local-${Date.now()}` };
  writePrivate(file, JSON.stringify(jwk));
  return jwk;
}

/** By name, so that nothing private gets out should the format grow. */
function publicPart({ kty, crv, x, y, alg, use, kid }: JWK): JWK {
  return { ...definedOnly({ kty, crv, x, y, alg, use, kid }) };
}

function definedOnly(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function writeToken(file: string, key: JWK, subject: string, scopes: readonly string[]): Promise<void> {
  const token = await new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(localIssuer)
    .setAudience(localAudience)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('7 days')
    .sign(await importJWK(key, 'ES256'));
  writePrivate(file, token);
}

/** For this user's eyes, and whole or not at all. */
function writePrivate(file: string, content: string): void {
  writeFileSync(`${file}.new`, `${content}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
