/** What is used here of pg-pool and its clients. */
export interface ValidatedPool {
  on(event: 'release', listener: (error: unknown, client: PooledClient) => void): unknown;
  /** Given a callback it returns nothing. */
  connect(...call: readonly unknown[]): unknown;
}

interface PooledClient {
  query(...call: readonly unknown[]): unknown;
  release(destroy: boolean): void;
}

/** In ms. A server that is there answers in less than one; a request waits this long at most for one that is not. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * Asks a connection that rested for long whether it still answers, before somebody's work is put on it. A firewall
 * that forgot it, or a server that went away without a word, says nothing: the work would wait for the query timeout
 * and fail. One that does not answer is thrown away, and with it all that rested since before it was found out.
 *
 * Costs a round trip per connection and rest, none under load.
 *
 * @param now in ms, never going back
 */
export function validateAfterIdle(pool: ValidatedPool, afterIdleMs: number, now: () => number): void {
  const restingSince = new WeakMap<PooledClient, number>();
  let foundDeadAt = Number.NEGATIVE_INFINITY;
  pool.on('release', (_error, client) => restingSince.set(client, now()));

  const usable = async (client: PooledClient): Promise<boolean> => {
    const since = restingSince.get(client) ?? now();
    if (since <= foundDeadAt) return false;
    if (now() - since <= afterIdleMs || (await answers(client))) return true;
    foundDeadAt = now();
    return false;
  };
  const connect = pool.connect.bind(pool);
  const connectUsable = async (): Promise<unknown> => {
    for (;;) {
      const client = await connect();
      // Not a client: pg-pool has changed, and no other shape is known here.
      if (!isClient(client) || (await usable(client))) return client;
      client.release(true);
    }
  };
  pool.connect = (...call) => (call.length > 0 ? connect(...call) : connectUsable());
}

async function answers(client: PooledClient): Promise<boolean> {
  try {
    await client.query({ text: 'select 1', query_timeout: ANSWER_WITHIN_MS });
    return true;
  } catch {
    // Whatever it says: it is replaced, and the new connection's error is the one to report.
    return false;
  }
}

function isClient(client: unknown): client is PooledClient {
  return typeof client === 'object' && client !== null && 'query' in client && 'release' in client;
}
