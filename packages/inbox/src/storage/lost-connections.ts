import type { Pool, PoolClient } from 'pg';

/** Long enough for whoever gives a lost connection back by himself, in ms. */
const graceMs = 1_000;

/**
 * Gives connections back to a pool that were lost while they were out of it. MikroORM 7.2 does not, when a transaction
 * cannot begin or cannot be rolled back, and on a lost connection it can do neither: after as many losses as the pool is
 * large nobody gets one any more, and before that the pool never comes to its end.
 */
export function giveBackLostConnections(pool: Pool): void {
  const out = new Set<PoolClient>();
  const watched = new WeakSet<PoolClient>();
  const giveBack = (client: PoolClient): void => {
    if (!out.has(client)) return;
    client.release(true);
    client.release = () => undefined; // whoever still has it may say so too
  };
  pool.on('acquire', (client) => {
    out.add(client);
    if (watched.has(client)) return;
    watched.add(client);
    client.once('end', () => {
      if (out.has(client)) setTimeout(() => giveBack(client), graceMs);
    });
  });
  pool.on('release', (_error, client) => out.delete(client));
}
