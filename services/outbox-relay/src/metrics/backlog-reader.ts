import { BACKLOG_CAP, type LaneBacklog, readLaneBacklog } from '@waybill/outbox/operations';
import pg from 'pg';
import type { Logger } from 'pino';

export interface BacklogReader {
  readonly read: () => Promise<LaneBacklog[]>;
  readonly close: () => Promise<void>;
}

/**
 * Reads what waits in the outbox on a connection of its own, so that no scrape stands in the way of a heartbeat, and
 * within what a scrape may take (10 s by default). The connection outlives the pause between scrapes.
 */
export function openBacklogReader(databaseUrl: string, logger: Logger): BacklogReader {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    application_name: 'outbox-relay metrics',
    connectionTimeoutMillis: 2_000,
    statement_timeout: 2_000,
    query_timeout: 3_000,
    idleTimeoutMillis: 120_000,
  });
  pool.on('error', (error) => logger.debug({ err: error }, 'the connection for metrics broke'));
  return { read: () => readLaneBacklog(pool, BACKLOG_CAP), close: () => pool.end() };
}
