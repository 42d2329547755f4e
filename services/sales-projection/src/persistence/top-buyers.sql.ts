import type { Pool } from 'pg';

export interface TopBuyer {
  readonly user_id: string;
  readonly currency: string;
  readonly orders: number;
  /** A decimal with two places. */
  readonly spent: string;
}

/**
 * Buyers by what they spent, the most first; equal ones by id. Reads the active generation by pk_buyer_totals, a row per buyer and currency: an
 * index on `spent` would be rewritten with every batch and take from each update that it stays on its page.
 */
export async function readTopBuyers(
  pool: Pool,
  currency: string,
  limit: number,
): Promise<readonly TopBuyer[]> {
  const { rows } = await pool.query<TopBuyer>(
    `select user_id, currency, orders::float8 as orders, spent::text as spent
     from buyer_totals
     where generation = (select generation from projection_generation where state = 'active')
       and currency = $1 and orders > 0 order by spent desc, user_id limit $2`,
    [currency, limit],
  );
  return rows;
}
