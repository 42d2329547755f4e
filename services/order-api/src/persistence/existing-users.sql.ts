import type { EntityManager } from '@mikro-orm/postgresql';

/** Those of `ids` that there are. By pk_users, one look each. */
export async function existingUsers(em: EntityManager, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await em.execute<{ id: string }[]>('select id from users where id = any(?::uuid[])', [
    `{${ids.join(',')}}`,
  ]);
  return new Set(rows.map(({ id }) => id));
}
