import { readFile } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';

/** An unknown key may be a new one; the file is read again for it, but not oftener than this, in ms. */
const REREAD_AFTER_MS = 5_000;
const FETCH_WITHIN_MS = 3_000;
/** A key that was withdrawn is found by this long, in ms. */
const KEPT_MS = 30_000;

/**
 * The keys that tokens are checked against, from a JWKS (RFC 7517). Keys are fetched when the first token comes,
 * again when a token names an unknown one, and when they are 30 seconds old: whoever withdraws a key waits no longer.
 *
 * @param url http:, https: or file:
 */
export function tokenKeys(url: URL, now: () => number): JWTVerifyGetKey {
  return url.protocol === 'file:'
    ? keysInFile(url, now)
    : createRemoteJWKSet(url, {
        timeoutDuration: FETCH_WITHIN_MS,
        cooldownDuration: REREAD_AFTER_MS,
        cacheMaxAge: KEPT_MS,
      });
}

function keysInFile(url: URL, now: () => number): JWTVerifyGetKey {
  let read: { readonly keys: ReturnType<typeof createLocalJWKSet>; readonly at: number } | undefined;
  const reread = async () => {
    const text = await readFile(url, 'utf8');
    const set: JSONWebKeySet = JSON.parse(text);
    read = { keys: createLocalJWKSet(set), at: now() };
    return read;
  };
  return async (header, token) => {
    const current = read && now() - read.at < KEPT_MS ? read : await reread();
    try {
      return await current.keys(header, token);
    } catch (error) {
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && now() - current.at >= REREAD_AFTER_MS;
      if (!mayBeNew) throw error;
      return (await reread()).keys(header, token);
    }
  };
}
