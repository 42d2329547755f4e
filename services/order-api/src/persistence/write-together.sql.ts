import type { EntityManager } from '@mikro-orm/postgresql';

/** A statement that writes one table, with `?` in the place of each parameter. */
export interface Write {
  readonly sql: string;
  readonly params: readonly string[];
}

/** What a unit of work writes. Only `keys` has a RETURNING. */
export interface Writes {
  readonly stock?: Write;
  readonly orders?: Write;
  readonly lines?: Write;
  readonly keys?: Write;
  readonly events?: Write;
  readonly entries?: Write;
}

/**
 * All tables in one statement: one round trip, so the database has the whole of its work at hand while this process is
 * busy with others' requests. Each write is a query of a WITH (PostgreSQL manual, 7.8.4): they see what was there
 * before and not each other; the references from one to the other are checked at the end of the whole.
 *
 * @param writes at least one
 * @returns how many keys were written
 */
export async function writeTogether(em: EntityManager, writes: Writes): Promise<number> {
  const all: [string, Write][] = Object.entries(writes);
  const queries = all.map(([name, { sql }]) => `${name} as (${sql})`).join(',\n');
  const keysWritten = writes.keys ? '(select count(*)::int from keys)' : '0';
  const [row] = await em.execute<{ keys_written: number }[]>(
    `with ${queries}\nselect ${keysWritten} as keys_written`,
    all.flatMap(([, { params }]) => params),
  );
  return row?.keys_written ?? 0;
}
