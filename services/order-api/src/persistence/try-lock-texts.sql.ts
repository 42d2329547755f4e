import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Advisory locks on texts, taken without waiting and held until the transaction ends. No index, no row; the cost is
 * one round trip. Two texts with the same 64-bit hash would answer each other's "still running": harmless, and one
 * pair in 2^64.
 *
 * @returns whether each was got, in the order of `texts`
 */
export async function tryLockTexts(em: EntityManager, texts: readonly string[]): Promise<readonly boolean[]> {
  const rows = await em.execute<{ got: boolean }[]>(
    `select pg_try_advisory_xact_lock(hashtextextended(wanted.text, 0)) as got
     from json_array_elements_text(?::json) with ordinality as wanted (text, n)
     order by wanted.n`,
    [JSON.stringify(texts)],
  );
  return rows.map(({ got }) => got);
}
