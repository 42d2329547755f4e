import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import { type ClientPool, keepPoolUsable } from './lost-clients.ts';
import { orderEntities } from './order-entities.ts';
import { poolOptions, type PoolSettings } from './pool-settings.ts';
import type { TimedPool } from './slow-statements.ts';
import { type ValidatedPool, validateAfterIdle } from './validate-after-idle.ts';

export interface OrderOrmSettings {
  readonly databaseUrl: string;
  readonly pool: PoolSettings;
  /**
   * After which the server gives up a statement. In ms. 0 sends no limit and leaves all limits to the role's own:
   * behind pgbouncer in transaction mode a connection has no session to set one in.
   */
  readonly statementTimeoutMs: number;
  /**
   * After which a statement that nobody answered counts as lost, and its connection with it: a server that hangs
   * gives up nothing. In ms, above the other.
   */
  readonly queryTimeoutMs: number;
}

/** What is used here of pg-pool. */
export type OrderPool = ClientPool & ValidatedPool & TimedPool & PoolCounts;

export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  /** Callers that wait for a free place. */
  readonly waitingCount: number;
}

/** Told of the pool when it is made. */
export type WatchPool = (pool: OrderPool) => void;

/** A transaction that its owner forgot holds its locks no longer than this. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/**
 * `flushMode: 'commit'`: the default writes pending changes before a query for the same entity, that is half a unit
 * of work, in an order that nobody chose.
 */
export function orderOrmOptions(settings: OrderOrmSettings, watchPool: WatchPool = () => undefined) {
  const { databaseUrl, pool, statementTimeoutMs, queryTimeoutMs } = settings;
  return defineConfig({
    clientUrl: databaseUrl,
    entities: orderEntities,
    flushMode: 'commit',
    allowGlobalContext: false,
    ensureDatabase: false,
    driverOptions: {
      application_name: 'order-api',
      // All in ms. A query in doubt ends before the client's patience does.
      ...poolOptions(pool),
      ...(statementTimeoutMs > 0 && {
        statement_timeout: statementTimeoutMs,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      }),
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      onPoolCreated(created: OrderPool) {
        preparePool(created, pool);
        watchPool(created);
      },
    },
  });
}

/** What every pool of this service needs, whoever made it. */
export function preparePool(pool: OrderPool, settings: PoolSettings): void {
  keepPoolUsable(pool);
  validateAfterIdle(pool, settings.validateAfterIdleMs, () => performance.now());
}

/** Does not connect: the first query does. */
export function openOrderOrm(settings: OrderOrmSettings, watchPool?: WatchPool): Promise<MikroORM> {
  return MikroORM.init(orderOrmOptions(settings, watchPool));
}
