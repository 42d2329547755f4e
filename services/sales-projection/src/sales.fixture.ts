import { wait } from '@waybill/retry';
import pg from 'pg';
import { byIdentity, type Total } from './orders.fixture.ts';

/** One statement on a connection of its own. */
export async function query(
  url: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return (await client.query(statement, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** What operators see of the totals. */
export async function readTotals(opsUrl: string): Promise<Total[]> {
  const rows = await query(opsUrl, 'select user_id, currency, orders, spent from ops_buyer_totals');
  return rows
    .map(({ user_id, currency, orders, spent }) => ({
      user_id: String(user_id),
      currency: String(currency),
      orders: String(orders),
      spent: String(spent),
    }))
    .toSorted(byIdentity);
}

/**
 * Asks until the answer is yes.
 *
 * @throws Error naming what was waited for, after 30 s
 */
export async function eventually(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  const limit = AbortSignal.timeout(30_000);
  while (!(await ask())) {
    if (limit.aborted) throw new Error(`waited 30 s in vain: ${what}`);
    await wait(25, limit);
  }
}
