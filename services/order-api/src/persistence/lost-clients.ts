/** What is used here of pg-pool and its clients. */
export interface ClientPool {
  on(event: 'connect' | 'acquire', listener: (client: PooledClient) => void): unknown;
  on(event: 'release', listener: (error: unknown, client: PooledClient) => void): unknown;
}

interface PooledClient {
  once(event: 'end', listener: () => void): unknown;
  release(destroy: boolean): void;
}

/** In ms. Whoever holds the client hears of its end at once; by then, those who give clients back have done so. */
const GRACE_MS = 100;

/**
 * Gives the pool back the place of a client whose connection ended while a transaction held it. Kysely 0.29, under
 * MikroORM 7.2, keeps such a client for ever when `begin`, `commit` and `rollback` fail on it
 * (kysely-org/kysely#1990): as many lost connections as the pool has places, and the service waits for a free one
 * until it is restarted.
 */
export function freeLostClients(pool: ClientPool): void {
  const taken = new WeakSet<PooledClient>();
  pool.on('acquire', (client) => taken.add(client));
  pool.on('release', (_error, client) => taken.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      setTimeout(() => {
        if (taken.has(client)) client.release(true);
      }, GRACE_MS).unref();
    });
  });
}
