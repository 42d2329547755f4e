import type { ClientBase, Pool, PoolClient } from 'pg';
import type { Scope, Sql, Storage } from './storage.ts';

/** Storage over a pool of `pg`; the handler gets the client. */
export function pgStorage(pool: Pick<Pool, 'connect'>): Storage<ClientBase> {
  return { transaction: (work) => inTransaction(pool, work) };
}

async function inTransaction<Result>(
  pool: Pick<Pool, 'connect'>,
  work: (scope: Scope<ClientBase>) => Promise<Result>,
): Promise<Result> {
  let broken: Error | undefined;
  // Between two statements nobody else hears that the connection broke, and an error event without ears is a crash.
  const onError = (error: Error): void => {
    broken = error;
  };
  const client = await connected(pool, onError);
  try {
    await client.query('begin isolation level read committed');
    const result = await work({ tx: client, sql: sqlOver(client), flush: async () => undefined });
    await client.query('commit');
    return result;
  } catch (error) {
    // The first error is the one that tells. Where the rollback fails, a statement is under way yet or the connection
    // is gone: it is not for the next transaction.
    await client.query('rollback').catch((failed: unknown) => {
      broken ??= failed instanceof Error ? failed : new Error(String(failed));
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * A client of the pool with `heard` as its ear from the first moment. The pool takes its own away before the promise of
 * its `connect()` is fulfilled, and what comes in the same packet as the session's beginning is read in between: an end
 * that nobody hears, which is a crash.
 */
async function connected(pool: Pick<Pool, 'connect'>, heard: (error: Error) => void): Promise<PoolClient> {
  return await new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) {
        reject(error ?? new Error('the pool gave no client'));
        return;
      }
      client.on('error', heard);
      resolve(client);
    });
  });
}

function sqlOver(client: ClientBase): Sql {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[]) {
      return (await client.query<Row>(text, [...values])).rows;
    },
  };
}
