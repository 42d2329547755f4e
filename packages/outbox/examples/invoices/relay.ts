import type { Publisher } from '@waybill/outbox/publisher';
import { Relay, type RelayEventListener } from '@waybill/outbox/relay';
import pg from 'pg';

/** Runs until `signal` aborts, then finishes what is under way. Start as many as you like: they share the lanes. */
export async function runRelay(
  databaseUrl: string,
  publisher: Publisher,
  listener: RelayEventListener,
  signal: AbortSignal,
): Promise<void> {
  // A host that vanished answers nothing: without a limit a connection to it would be waited for as long as TCP does.
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 4,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  pool.on('error', () => {}); // an idle connection broke; the next statement gets another one
  try {
    await new Relay({ pool, publisher, listener }).run(signal);
  } finally {
    await publisher.close();
    await pool.end();
  }
}
