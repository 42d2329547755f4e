import { IsolationLevel } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { BorrowedConnections } from './borrowed-connections.ts';
import type { Scope, Sql, Storage } from './storage.ts';

/**
 * Storage over MikroORM on PostgreSQL; the handler gets an EntityManager of its own with the transaction open, and
 * what it has persisted is flushed before the gate moves.
 *
 * @param em is only forked
 */
export function mikroOrmStorage(em: EntityManager): Storage<EntityManager> {
  let connections: Promise<BorrowedConnections> | undefined;
  return {
    async transaction(work) {
      connections ??= em
        .getConnection()
        .getNativeClient()
        .then((pool) => new BorrowedConnections(pool));
      return await inTransaction(em, await connections, work);
    },
  };
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
        const result = await work({ tx, sql });
        await tx.flush();
        return result;
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
