import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { openPool } from '../persistence/pool.ts';
import { query } from '../sales.fixture.ts';
import { topBuyers } from './top-buyers.ts';

const [rich, poor, gone] = [1, 2, 3].map((n) => `0198c0de-0000-7000-8000-00000000000${n}`);

let database: TestDatabase;
let pool: ReturnType<typeof openPool>;
beforeAll(async () => {
  database = await createSalesDatabase();
  const timeouts = { statementTimeoutMs: 5_000, queryTimeoutMs: 6_000 };
  pool = openPool({ databaseUrl: database.urlFor('waybill_sales'), size: 1, ...timeouts });
  await query(
    database.urlFor('superuser'),
    `insert into buyer_totals (generation, user_id, currency, orders, spent) values
       (1, $1, 'EUR', 2, 50.01), (1, $2, 'EUR', 1, 1), (1, $2, 'USD', 1, 70), (1, $3, 'EUR', 0, 0),
       (2, $2, 'EUR', 9, 999)`,
    [rich, poor, gone],
  );
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

test('the buyers who spent most are told per currency, of the counting that serves', async () => {
  const first = { user_id: rich, currency: 'EUR', orders: 2, spent: '50.01' };
  const second = { user_id: poor, currency: 'EUR', orders: 1, spent: '1.00' };
  expect(await topBuyers(pool, {})).toEqual({ data: [first, second] });
  expect(await topBuyers(pool, { limit: '1', currency: 'EUR' })).toEqual({ data: [first] });
  expect(await topBuyers(pool, { currency: 'USD' })).toMatchObject({ data: [{ spent: '70.00' }] });
});

test.each([{ limit: '0' }, { limit: '101' }, { currency: 'eur' }, { page: '2' }, { limit: ['1', '2'] }])(
  '%j is no question',
  async (wrong) => {
    await expect(topBuyers(pool, wrong)).rejects.toMatchObject({ statusCode: 400 });
  },
);
