import { randomBytes } from 'node:crypto';

/** W3C Trace Context, version 00; all zeros is no id (section 3.2.2). */
const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The request's trace context, or the beginning of a new trace when it has none that can be read. */
export function traceparentOf(header: string | string[] | undefined): string {
  if (typeof header === 'string' && pattern.test(header)) return header;
  return `00-${nonZero(16)}-${nonZero(8)}-01`;
}

function nonZero(bytes: number): string {
  const id = randomBytes(bytes);
  if (id.every((byte) => byte === 0)) id[0] = 1;
  return id.toString('hex');
}
