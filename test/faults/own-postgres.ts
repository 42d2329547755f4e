import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, type LocalServer, LocalServerError, startPostgres } from '../../infra/local/index.ts';
import { bootstrapCluster } from '../../infra/postgres/bootstrap.ts';
import { runMigrations } from '../../infra/postgres/migrate.ts';
import { orderDatabase, salesDatabase } from '../../infra/postgres/roles.ts';
import type { TestDatabase } from '../servers/databases.ts';
import { freezePostgres } from '../servers/freeze-postgres.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';

/** A PostgreSQL that the test may kill, with one migrated order database. */
export interface OwnPostgres extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly port: number;
  /** Ends it so, and waits until it is gone: SIGINT is a fast shutdown, SIGKILL of the postmaster a crash. */
  end(how: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Starts it again on its port and data; resolves when it takes connections. */
  start(): Promise<void>;
  /** Stops it in the middle of what it does, without a word to anybody. @returns what lets it go on */
  freeze(): Promise<() => void>;
}

const orders = 'waybill';
const sales = 'waybill_sales';

export async function startOwnPostgres(): Promise<OwnPostgres> {
  await using starting = new AsyncDisposableStack();
  const folder = starting.use(temporaryFolder());
  const options = {
    dataDir: path.join(folder.path, 'postgres'),
    port: await freePort(),
    progress: () => undefined,
    durability: 'process',
  } as const;
  let server: LocalServer = await startPostgres(options);
  starting.defer(() => server.stop());
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [orderDatabase(orders), salesDatabase(sales)],
  });
  const urlOf = (name: string, role: string): string => {
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    if (role !== 'superuser') [url.username, url.password] = [role, role];
    return url.href;
  };
  await runMigrations({
    orders: urlOf(orders, 'waybill_migrator'),
    sales: urlOf(sales, 'waybill_migrator'),
  });
  const running = starting.move();
  const database: TestDatabase = {
    name: orders,
    urlFor: (role) => urlOf(orders, role),
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    database,
    port: options.port,
    async end(how) {
      server.signal(how);
      await server.exited;
    },
    async start() {
      server = await startOnceFree(options);
    },
    freeze: () => freezePostgres(server),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Backends outlive a killed postmaster for a moment, and no other one may begin before they are gone. */
async function startOnceFree(options: Parameters<typeof startPostgres>[0]): Promise<LocalServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostgres(options);
    } catch (error) {
      const isHeld =
        error instanceof LocalServerError && error.message.includes('pre-existing shared memory block');
      if (!isHeld || attempt === 40) throw error;
      await delay(100);
    }
  }
}
