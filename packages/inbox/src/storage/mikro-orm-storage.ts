import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { giveBackLostConnections } from './lost-connections.ts';
import type { Sql, Storage } from './storage.ts';

/**
 * Storage over MikroORM on PostgreSQL; the handler gets an EntityManager of its own with the transaction open, and
 * what it has persisted is flushed as part of its work.
 *
 * @param em is only forked
 */
export function mikroOrmStorage(em: EntityManager): Storage<EntityManager> {
  let watched: Promise<void> | undefined;
  return {
    async transaction(work) {
      watched ??= watchConnections(em).catch((error: unknown) => {
        watched = undefined; // the next transaction asks again
        throw error;
      });
      await watched;
      return await em.fork().transactional((tx) => work({ tx, sql: sqlOver(tx), flush: () => tx.flush() }), {
        isolationLevel: IsolationLevel.READ_COMMITTED,
      });
    },
  };
}

async function watchConnections(em: EntityManager): Promise<void> {
  giveBackLostConnections(await em.getConnection().getNativeClient());
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
