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
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => {}); // an idle connection broke; the next statement gets another one
  try {
    await new Relay({ pool, publisher, listener }).run(signal);
  } finally {
    await publisher.close();
    await pool.end();
  }
}
