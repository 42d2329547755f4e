import { randomUUIDv7 } from 'node:crypto';
import type { RawRequestDefaultExpression } from 'fastify';

/** What a log line, a header and the audit log can hold without harm. */
const pattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** The caller's own id for its request, so that both sides' logs speak of the same; a new one when it has none. */
export function requestIdOf({ headers }: Pick<RawRequestDefaultExpression, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && pattern.test(given) ? given : randomUUIDv7();
}
