import pg from 'pg';
import { OperatorError } from '../operator-error.ts';

export interface Databases extends AsyncDisposable {
  readonly orders: pg.Pool;
  readonly sales: pg.Pool;
}

/** @throws OperatorError naming the one that does not answer */
export async function openDatabases(orderUrl: string, salesUrl: string): Promise<Databases> {
  const orders = openPool(orderUrl);
  const sales = openPool(salesUrl);
  const databases: Databases = {
    orders,
    sales,
    async [Symbol.asyncDispose]() {
      await Promise.all([orders.end(), sales.end()]);
    },
  };
  try {
    await requireAnswer(orders, 'The order database');
    await requireAnswer(sales, 'The projection’s database');
    return databases;
  } catch (error) {
    await databases[Symbol.asyncDispose]();
    throw error;
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    application_name: 'waybill-demo',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
  });
  // The next query fails by itself and says why.
  pool.on('error', () => {});
  return pool;
}

async function requireAnswer(pool: pg.Pool, name: string): Promise<void> {
  try {
    await pool.query('select 1');
  } catch (error) {
    const reason = error instanceof Error ? ('code' in error ? String(error.code) : error.message) : error;
    throw new OperatorError(`${name} does not answer (${String(reason)}): start it with npm start.`, {
      cause: error,
    });
  }
}
