import pg from 'pg';

export interface PoolSettings {
  readonly databaseUrl: string;
  /** Connections at most. */
  readonly size: number;
  /** After which the server gives up a statement. In ms. */
  readonly statementTimeoutMs: number;
  /** After which a statement that nobody answered fails: a server that hangs gives up nothing. In ms, above the other. */
  readonly queryTimeoutMs: number;
}

/** Does not connect: the first query does. */
export function openPool(settings: PoolSettings): pg.Pool {
  return new pg.Pool({
    connectionString: settings.databaseUrl,
    max: settings.size,
    application_name: 'sales-projection',
    connectionTimeoutMillis: 5_000,
    statement_timeout: settings.statementTimeoutMs,
    query_timeout: settings.queryTimeoutMs,
    // A member that freezes in the middle of a batch would keep its keys, and a rebuild's switch, locked until it is ended.
    idle_in_transaction_session_timeout: settings.queryTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
}
