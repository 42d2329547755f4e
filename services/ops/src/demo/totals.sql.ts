import type { Pool } from 'pg';
import type { BuyerTotal } from './compare-totals.ts';

/** What the order database says that the buyers spent. */
export async function readOrderTotals(pool: Pool, buyers: readonly string[]): Promise<BuyerTotal[]> {
  const { rows } = await pool.query<BuyerTotal>(
    `select user_id as "userId", currency, orders::int, spent::text
       from ops_order_totals where user_id = any ($1::uuid[])`,
    [buyers],
  );
  return rows;
}

/** What the sales projection says that the buyers spent. */
export async function readProjectedTotals(pool: Pool, buyers: readonly string[]): Promise<BuyerTotal[]> {
  const { rows } = await pool.query<BuyerTotal>(
    `select user_id as "userId", currency, orders::int, spent::text
       from ops_buyer_totals where user_id = any ($1::uuid[])`,
    [buyers],
  );
  return rows;
}
