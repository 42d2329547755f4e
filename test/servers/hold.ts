import type { Pool } from 'pg';

export interface Held extends AsyncDisposable {
  release(): Promise<void>;
}

/**
 * Keeps from everybody else what `statement` locks, in a transaction that changes nothing.
 *
 * @throws what pg throws; the connection is closed then, as nobody else would and the pool's end waits for it
 */
export async function hold(pool: Pool, statement: string): Promise<Held> {
  const holder = await pool.connect();
  try {
    await holder.query('begin');
    await holder.query(statement);
  } catch (error) {
    holder.release(true);
    throw error;
  }
  return {
    async release() {
      await holder.query('rollback');
    },
    async [Symbol.asyncDispose]() {
      holder.release(true);
    },
  };
}
