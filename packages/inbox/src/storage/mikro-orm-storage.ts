import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Sql, Storage } from './storage.ts';

/**
 * Storage over MikroORM on PostgreSQL; the handler gets an EntityManager of its own with the transaction open, and
 * what it has persisted is flushed before the gate moves.
 *
 * @param em is only forked
 */
export function mikroOrmStorage(em: EntityManager): Storage<EntityManager> {
  return {
    transaction: (work) =>
      em.fork().transactional(
        async (tx) => {
          const result = await work({ tx, sql: sqlOver(tx) });
          await tx.flush();
          return result;
        },
        { isolationLevel: IsolationLevel.READ_COMMITTED },
      ),
  };
}

/**
 * Through Kysely, which hands text and values to the driver as they are: `em.execute` writes the values into the text,
 * and has no `$1`.
 */
function sqlOver(tx: EntityManager): Sql {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[]) {
      const { rows } = await tx.getKysely<object>().executeQuery<Row>({
        query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
        queryId: { queryId: 'inbox' },
        sql: text,
        parameters: values,
      });
      return rows;
    },
  };
}
