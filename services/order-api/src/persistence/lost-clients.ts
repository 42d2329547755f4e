/** What is used here of pg-pool and its clients. */
export interface ClientPool {
  on(event: 'connect' | 'acquire', listener: (client: PooledClient) => void): unknown;
  on(event: 'release', listener: (error: unknown, client: PooledClient) => void): unknown;
}

interface PooledClient {
  /** Given a callback it returns nothing. */
  query(...call: readonly unknown[]): unknown;
  end(): Promise<void>;
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
function freeLostClients(pool: ClientPool): void {
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

/** pg has no code for it. Its query is still under way then, and its answer may yet come. */
export const READ_TIMEOUT = 'Query read timeout';

/**
 * Ends the connection whose server did not answer in time. The rollback that follows would wait behind the statement
 * for as long again, and the next who takes the client from the pool would be in its transaction.
 */
function endSilentConnections(pool: ClientPool): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    client.query = (...call) => {
      const result = query(...call);
      if (result instanceof Promise) {
        result.catch(async (error: unknown) => {
          if (error instanceof Error && error.message === READ_TIMEOUT) await client.end();
        });
      }
      return result;
    };
  });
}

/** For every pool of this service: what is lost is found out, and its place is free again. */
export function keepPoolUsable(pool: ClientPool): void {
  freeLostClients(pool);
  endSilentConnections(pool);
}
