import { MikroORM } from '@mikro-orm/postgresql';
import { createInsertOfEvents, readLanes } from '@waybill/outbox';
import pg from 'pg';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { type OrderOrmSettings, orderOrmOptions, preparePool } from '../persistence/orm.ts';
import type { PoolSettings } from '../persistence/pool-settings.ts';
import { ormTransactions } from '../persistence/transactions.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

type OrmOptions = ReturnType<typeof orderOrmOptions>;

/** Connections at most. */
export const POOL_SIZE = 10;

export function poolOf(max: number, overrides: Partial<PoolSettings> = {}): PoolSettings {
  return {
    min: 0,
    max,
    connectionTimeoutMs: 2_000,
    idleTimeoutMs: 10_000,
    maxLifetimeMs: 0,
    validateAfterIdleMs: 5_000,
    ...overrides,
  };
}

/** A database of its own with the service's own persistence on it, under the API's role. */
export interface OrderDatabase extends AsyncDisposable {
  readonly orm: MikroORM;
  readonly transactions: Transactions;
  readonly settings: OrderOrmSettings;
  /** As superuser: to look at what the API's role may not see. */
  readonly admin: pg.Client;
  /** Everything sent to the database since the last call, transaction statements included. */
  takeStatements(): readonly string[];
}

/** @param overrides for tests of what another setting would do */
export async function openOrderDatabase(overrides: Partial<OrmOptions> = {}): Promise<OrderDatabase> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createOrderDatabase());
  const admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  stack.defer(() => admin.end());
  await admin.connect();

  let statements: string[] = [];
  const settings = {
    databaseUrl: database.urlFor('waybill_api'),
    pool: poolOf(POOL_SIZE),
    statementTimeoutMs: 5_000,
    queryTimeoutMs: 10_000,
  };
  const options = orderOrmOptions(settings);
  const orm = await MikroORM.init({
    ...options,
    ...overrides,
    driverOptions: {
      ...options.driverOptions,
      onPoolCreated(pool: pg.Pool) {
        preparePool(pool, settings.pool);
        recordStatements(pool, (text) => statements.push(text));
      },
    },
  });
  stack.defer(() => orm.close(true));
  const transactions = ormTransactions(orm, createInsertOfEvents(await readLanes(orm.em.fork())));

  const opened = stack.move();
  return {
    orm,
    transactions,
    settings,
    admin,
    takeStatements() {
      const taken = statements;
      statements = [];
      return taken;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Listens where the driver hands a statement to the socket: nothing that reaches the server passes by. */
function recordStatements(pool: pg.Pool, record: (text: string) => void): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    Reflect.set(client, 'query', (...call: Parameters<typeof query>) => {
      const [statement] = call;
      record(textOf(statement));
      return query(...call);
    });
  });
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const text: unknown = typeof statement === 'object' && statement !== null && Reflect.get(statement, 'text');
  return typeof text === 'string' ? text : '(cursor)';
}
