import type { Pool } from 'pg';

export interface Held extends AsyncDisposable {
  release(): Promise<void>;
}

/** Keeps from everybody else what `statement` locks, in a transaction that changes nothing. */
export async function hold(pool: Pool, statement: string): Promise<Held> {
  const holder = await pool.connect();
  await holder.query('begin');
  await holder.query(statement);
  return {
    async release() {
      await holder.query('rollback');
    },
    async [Symbol.asyncDispose]() {
      holder.release(true);
    },
  };
}
