import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { TokenVerdict, VerifyToken } from './token-verifier.ts';

/** In ms. So much longer a key is trusted after it was found withdrawn; an expired token no longer than the leeway. */
const REMEMBERED_MS = 30_000;
/** Tokens. The oldest gives way. */
const REMEMBERED = 10_000;

/**
 * Remembers which tokens were good, so that a client that sends many requests has its signature checked once: 0.15 ms
 * of CPU each otherwise. A refusal is not remembered. Kept by the hash of the whole token, so nothing that could be
 * used is in memory for longer than its request, and no other token gets its verdict.
 *
 * @param now in ms
 */
export function rememberedVerdicts(verify: VerifyToken, now: () => number): VerifyToken {
  const known = new Map<string, { readonly verdict: TokenVerdict; readonly until: number }>();
  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64');
    const found = known.get(key);
    if (found && found.until > now()) return found.verdict;
    known.delete(key);
    const verdict = await verify(token);
    if (verdict.kind !== 'valid') return verdict;
    const expiresInMs = (decodeJwt(token).exp ?? 0) * 1_000 - now();
    if (expiresInMs > 0) {
      known.set(key, { verdict, until: now() + Math.min(REMEMBERED_MS, expiresInMs) });
      const [oldest] = known.keys();
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    }
    return verdict;
  };
}
