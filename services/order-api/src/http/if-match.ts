import type { FastifyRequest } from 'fastify';
import type { ExpectedVersion } from '../domain/order.ts';
import { ProblemError } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route changes something only in the version that the client has seen. */
    readonly takesIfMatch?: boolean;
  }
}

/** RFC 9110, 13.1.1 and 8.8.3: `*`, or a list of entity tags. A comma cannot stand in ours. */
const tagList = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"( *, *(W\/)?"[\x21\x23-\x7e\x80-\xff]*")*$/;

/**
 * The versions that a client says it has seen. Tags are compared strongly: a weak one matches nothing, and one that
 * is no version of ours neither.
 *
 * @returns undefined without the header
 * @throws ProblemError `invalid-request` when it cannot be read
 */
export function expectedVersionOf(request: FastifyRequest): ExpectedVersion | undefined {
  const header = request.headers['if-match'];
  if (header === undefined) return undefined;
  if (header.trim() === '*') return 'any';
  if (!tagList.test(header.trim())) {
    throw new ProblemError({
      name: 'invalid-request',
      detail: 'If-Match is the ETag of the order as it was read, in quotes, such as "1".',
    });
  }
  return header.split(',').flatMap((tag) => {
    const version = /^"([1-9][0-9]{0,9})"$/.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
