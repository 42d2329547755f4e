import type { EntityManager } from '@mikro-orm/postgresql';
import type { User } from '../domain/user.ts';
import type { UpsertedUser } from '../use-cases/repositories.ts';

interface Row {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly created_ms: number;
  readonly made: boolean;
}

/**
 * Makes the user or gives the one with this address the new name: one statement, so that two who race both succeed.
 * uq_users_email decides, in any case of the letters. `xmax` is 0 in a row that nobody updated.
 */
export async function upsertUser(em: EntityManager, wanted: User): Promise<UpsertedUser> {
  const [row] = await em.execute<Row[]>(
    `insert into users (id, email, name, created_at) values (?, ?, ?, ?)
     on conflict (lower(email)) do update set name = excluded.name
     returning id, email, name, (extract(epoch from created_at) * 1000)::bigint::float8 as created_ms, xmax = 0 as made`,
    [wanted.id, wanted.email, wanted.name, wanted.createdAt],
  );
  if (!row) throw new Error('an upsert returned no row');
  const { id, email, name, created_ms, made } = row;
  return {
    kind: made ? 'registered' : 'changed',
    user: { id, email, name, createdAt: new Date(created_ms) },
  };
}
