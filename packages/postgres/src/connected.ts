import type { Pool, PoolClient } from 'pg';

/**
 * A client of the pool with `heard` as its `error` listener from the first moment, until the caller takes it away.
 * Between two statements nobody else hears that a connection ends, and unheard that ends the process (pg 8.23,
 * client.js, `_handleErrorEvent`). The pool takes its own listener away before the promise of its `connect()` is
 * fulfilled, and what comes in the same packet as the session's beginning is read in between.
 *
 * @throws what the pool's `connect()` throws
 */
export async function connected(
  pool: Pick<Pool, 'connect'>,
  heard: (error: Error) => void,
): Promise<PoolClient> {
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
