import { importJWK, type JWK, SignJWT } from 'jose';

export interface TokenWishes {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  readonly validMs: number;
}

export interface SignedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** @param key the private key, as `npm start` keeps it */
export async function signToken(key: JWK, wishes: TokenWishes, now: Date): Promise<SignedToken> {
  const issuedAt = Math.floor(now.getTime() / 1_000);
  const expires = issuedAt + Math.floor(wishes.validMs / 1_000);
  const token = await new SignJWT({ scope: wishes.scopes.join(' ') })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...(key.kid !== undefined && { kid: key.kid }) })
    .setIssuer(wishes.issuer)
    .setAudience(wishes.audience)
    .setSubject(wishes.subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expires)
    .sign(await importJWK(key, 'ES256'));
  return { token, expiresAt: new Date(expires * 1_000) };
}
