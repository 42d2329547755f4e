import { hash } from 'node:crypto';
import type { InboxEvent } from './event.ts';

/** SHA-256 of the value's bytes, in hexadecimal; no value counts as an empty one. */
export function payloadHash({ value }: Pick<InboxEvent, 'value'>): string {
  return hash('sha256', value ?? '', 'hex');
}
