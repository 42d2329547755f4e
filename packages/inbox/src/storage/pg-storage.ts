import { connected } from '@waybill/postgres';
import type { ClientBase, Pool } from 'pg';
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

function sqlOver(client: ClientBase): Sql {
  return {
    async query<Row extends object>(text: string, values: readonly unknown[]) {
      return (await client.query<Row>(text, [...values])).rows;
    },
  };
}
