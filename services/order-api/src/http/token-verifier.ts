import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { type Principal, type Scope, scopes } from '../domain/principal.ts';

export interface TokenSettings {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
}

export type TokenVerdict =
  | { readonly kind: 'valid'; readonly principal: Principal }
  | { readonly kind: 'invalid'; readonly reason: string };

/** @throws an error of the key source when the keys cannot be had: then nobody's token is at fault */
export type VerifyToken = (token: string) => Promise<TokenVerdict>;

/** Clocks of issuer and verifier may differ by this much, in seconds. */
const LEEWAY_S = 30;
/** Characters. A token with every scope has 500. */
const LARGEST = 8_192;
/** RFC 9068, section 4: an access token says that it is one. An ID token of the same issuer says JWT, or nothing. */
const accessTokenType = /^(application\/)?at\+jwt$/i;
/** Visible ASCII: subjects stand in logs, in locks and in the database. */
const subjectPattern = /^[\x21-\x7e]{1,255}$/;

/** Why a token is refused, by jose's code; all else that jose throws means that the keys could not be had. */
const refusals: ReadonlyMap<string, string> = new Map([
  [errors.JWTExpired.code, 'the token has expired'],
  [errors.JWTClaimValidationFailed.code, 'the token is not for this service, or not yet valid'],
  [errors.JWTInvalid.code, 'the token is malformed'],
  [errors.JWSInvalid.code, 'the token is malformed'],
  [errors.JWSSignatureVerificationFailed.code, 'the signature does not match'],
  [errors.JOSEAlgNotAllowed.code, 'the algorithm is not allowed'],
  [errors.JOSENotSupported.code, 'the algorithm is not allowed'],
  [errors.JWKSNoMatchingKey.code, 'the key is not known'],
  [errors.JWKSMultipleMatchingKeys.code, 'the token does not name its key'],
]);

/** The algorithm is pinned: a token does not choose how it is checked (RFC 8725, 3.1). */
export function tokenVerifier({ keys, issuer, audience }: TokenSettings): VerifyToken {
  return async (token) => {
    if (token.length > LARGEST) return { kind: 'invalid', reason: 'the token is too large' };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        algorithms: ['ES256'],
        issuer,
        audience,
        clockTolerance: LEEWAY_S,
        requiredClaims: ['exp', 'sub'],
      });
      const { typ = '' } = protectedHeader;
      if (!accessTokenType.test(typ))
        return { kind: 'invalid', reason: 'the token is no access token (at+jwt)' };
      return verdictOn(payload);
    } catch (error) {
      const reason = error instanceof errors.JOSEError ? refusals.get(error.code) : undefined;
      if (reason === undefined) throw error;
      return { kind: 'invalid', reason };
    }
  };
}

function verdictOn({ sub = '', scope }: JWTPayload): TokenVerdict {
  if (!subjectPattern.test(sub)) return { kind: 'invalid', reason: 'the token names no subject' };
  const granted = typeof scope === 'string' ? scope.split(' ') : [];
  const known: readonly Scope[] = scopes.filter((one) => granted.includes(one));
  return { kind: 'valid', principal: { subject: sub, scopes: new Set(known) } };
}
