import { createHash } from 'node:crypto';
import { ProblemError } from './problems.ts';

/**
 * Where a page ended, in a form that means nothing to clients and belongs to one list: it carries a hash of the
 * filter, so that a cursor of another list is refused instead of answered with nonsense.
 *
 * @param filter the list's name and everything that decides what is in it; not the page size
 */
export function encodeCursor(position: readonly string[], filter: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([hashOf(filter), ...position])).toString('base64url');
}

/**
 * @param parts how many texts the position has
 * @throws ProblemError `invalid-cursor` for anything that this list did not hand out
 */
export function decodeCursor(text: string, filter: readonly unknown[], parts: number): readonly string[] {
  const decoded = parsed(text);
  if (Array.isArray(decoded) && decoded.length === parts + 1) {
    const [hash, ...position]: unknown[] = decoded;
    if (hash === hashOf(filter) && position.every((part) => typeof part === 'string')) return position;
  }
  throw invalidCursor();
}

/**
 * A time in a position, as Waybill writes it. Dates of JavaScript go further back than those of PostgreSQL: a cursor
 * made up with one would fail in the database.
 *
 * @throws ProblemError `invalid-cursor`
 */
export function instantIn(text: string): Date {
  const time = new Date(text);
  const isOurs = /^\d{4}-/.test(text) && !Number.isNaN(time.getTime()) && time.toISOString() === text;
  if (!isOurs) throw invalidCursor();
  return time;
}

export function invalidCursor(): ProblemError {
  return new ProblemError({
    name: 'invalid-cursor',
    detail: 'Take the cursor from next_cursor of the page before, with the same filter.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined; // not ours: the caller answers for it
  }
}

function hashOf(filter: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 12);
}
