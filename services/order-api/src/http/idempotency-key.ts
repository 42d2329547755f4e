import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set where a repetition of the request with the same key is carried out once. */
    readonly takesIdempotencyKey?: 'for-the-whole';
  }
}

/** Visible ASCII without spaces; Node joins a header that came twice with ", ", which has one. */
const pattern = /^[\x21-\x7e]{1,255}$/;

/** @throws ProblemError `idempotency-key-required` */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key'];
  if (typeof key === 'string' && pattern.test(key)) return key;
  throw new ProblemError({
    name: 'idempotency-key-required',
    detail: 'Send one Idempotency-Key of 1 to 255 visible ASCII characters without spaces.',
  });
}
