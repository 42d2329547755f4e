import { randomUUID } from 'node:crypto';

/** W3C Trace Context, version 00; all zeros is no id (section 3.2.2). */
const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The request's trace context, or the beginning of a new trace when it has none that can be read. Its ids are parts of
 * UUIDs, which hold a digit that is never 0 and come from a pool: random bytes of their own took four times as long.
 */
export function traceparentOf(header: string | string[] | undefined): string {
  if (typeof header === 'string' && pattern.test(header)) return header;
  return `00-${randomUUID().replaceAll('-', '')}-${randomUUID().slice(-17).replace('-', '')}-01`;
}
