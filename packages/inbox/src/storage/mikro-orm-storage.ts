import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { BorrowedConnections } from './borrowed-connections.ts';
import type { Scope, Sql, Storage } from './storage.ts';

/**
 * Storage over MikroORM on PostgreSQL; the handler gets an EntityManager of its own with the transaction open, and
 * what it has persisted is flushed as part of its work.
 *
 * @param em is only forked
 */
export function mikroOrmStorage(em: EntityManager): Storage<EntityManager> {
  let connections: Promise<BorrowedConnections> | undefined;
  return {
    async transaction(work) {
      connections ??= watchConnections(em).catch((error: unknown) => {
        connections = undefined; // the next transaction asks again
        throw error;
      });
      return await inTransaction(em, await connections, work);
    },
  };
}

async function watchConnections(em: EntityManager): Promise<BorrowedConnections> {
  return new BorrowedConnections(await em.getConnection().getNativeClient());
}

async function inTransaction<Result>(
  em: EntityManager,
  connections: BorrowedConnections,
  work: (scope: Scope<EntityManager>) => Promise<Result>,
): Promise<Result> {
  let loan: ReturnType<BorrowedConnections['loanOf']>;
  try {
    return await em.fork().transactional(
      async (tx) => {
        const sql = sqlOver(tx);
        const [own] = await sql.query<{ readonly pid: number }>('select pg_backend_pid() as pid', []);
        loan = own && connections.loanOf(own.pid);
        return await work({ tx, sql, flush: () => tx.flush() });
      },
      { isolationLevel: IsolationLevel.READ_COMMITTED },
    );
  } catch (error) {
    if (loan) connections.giveUp(loan);
    throw error;
  }
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
