import type { ClientBase } from 'pg';
import type { TotalChange } from '../domain/total-change.ts';

/**
 * Adds a batch's changes to the totals, in one statement. In the order of the key, so that two batches with the same
 * buyers wait for each other instead of deadlocking. Uses pk_buyer_totals.
 *
 * @param generation which counting they belong to
 * @param changes at most one per buyer and currency
 */
export async function addToBuyerTotals(
  client: ClientBase,
  generation: number,
  changes: readonly TotalChange[],
): Promise<void> {
  await client.query(
    `insert into buyer_totals as total (generation, user_id, currency, orders, spent)
     select $5, user_id, currency, orders, spent
     from unnest($1::uuid[], $2::char(3)[], $3::bigint[], $4::numeric[]) change (user_id, currency, orders, spent)
     order by user_id, currency
     on conflict (generation, user_id, currency)
     do update set orders = total.orders + excluded.orders, spent = total.spent + excluded.spent`,
    [
      changes.map((change) => change.userId),
      changes.map((change) => change.currency),
      changes.map((change) => change.orders),
      changes.map((change) => change.spent),
      generation,
    ],
  );
}
