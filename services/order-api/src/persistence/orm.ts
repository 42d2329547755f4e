import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { keepPoolUsable } from './lost-clients.ts';
import { orderEntities } from './order-entities.ts';

export interface OrderOrmSettings {
  readonly databaseUrl: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** After which the server gives up a statement. In ms. */
  readonly statementTimeoutMs: number;
  /**
   * After which a statement that nobody answered counts as lost, and its connection with it: a server that hangs
   * gives up nothing. In ms, above the other.
   */
  readonly queryTimeoutMs: number;
}

/** Above any batch of 64 orders with 100 lines, so that a commit writes each table in one statement. */
const ROWS_PER_STATEMENT = 10_000;

/**
 * `flushMode: 'commit'`: the default writes pending changes before a query for the same entity, that is half a unit
 * of work, in an order that nobody chose.
 */
export function orderOrmOptions(settings: OrderOrmSettings) {
  const { databaseUrl, poolSize, statementTimeoutMs, queryTimeoutMs } = settings;
  return defineConfig({
    clientUrl: databaseUrl,
    entities: orderEntities,
    flushMode: 'commit',
    allowGlobalContext: false,
    ensureDatabase: false,
    batchSize: ROWS_PER_STATEMENT,
    pool: { min: 0, max: poolSize },
    driverOptions: {
      application_name: 'order-api',
      // All in ms. A query in doubt ends before the client's patience does.
      connectionTimeoutMillis: 2_000,
      statement_timeout: statementTimeoutMs,
      query_timeout: queryTimeoutMs,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      onPoolCreated: keepPoolUsable,
    },
  });
}

/** Does not connect: the first query does. */
export function openOrderOrm(settings: OrderOrmSettings): Promise<MikroORM> {
  return MikroORM.init(orderOrmOptions(settings));
}
