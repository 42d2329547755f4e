import { createHash } from 'node:crypto';

/** SHA-256 of the payload's UTF-8 bytes, in hexadecimal. */
export function payloadHash(payload: string): string {
  return createHash('sha256').update(payload, 'utf8').digest('hex');
}
