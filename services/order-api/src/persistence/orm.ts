import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { freeLostClients } from './lost-clients.ts';
import { orderEntities } from './order-entities.ts';

export interface OrderOrmSettings {
  readonly databaseUrl: string;
  /** Connections at most. */
  readonly poolSize: number;
}

/** Above any batch of 64 orders with 100 lines, so that a commit writes each table in one statement. */
const ROWS_PER_STATEMENT = 10_000;

/**
 * `flushMode: 'commit'`: the default writes pending changes before a query for the same entity, that is half a unit
 * of work, in an order that nobody chose.
 */
export function orderOrmOptions({ databaseUrl, poolSize }: OrderOrmSettings) {
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
      statement_timeout: 5_000,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      onPoolCreated: freeLostClients,
    },
  });
}

/** Does not connect: the first query does. */
export function openOrderOrm(settings: OrderOrmSettings): Promise<MikroORM> {
  return MikroORM.init(orderOrmOptions(settings));
}
