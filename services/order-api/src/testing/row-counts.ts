import type pg from 'pg';

const counted = [
  'users',
  'products',
  'orders',
  'order_items',
  'idempotency_keys',
  'audit_log',
  'outbox',
] as const;

/** How much stands in each table that the service writes, and what is left in stock: equal when nothing was written. */
export async function rowCounts(client: pg.Client): Promise<Readonly<Record<string, string>>> {
  const columns = counted.map((table) => `(select count(*) from ${table}) as ${table}`).join(', ');
  const { rows } = await client.query<Record<string, string>>(
    `select ${columns}, (select coalesce(sum(stock), 0) from products) as stock`,
  );
  return rows[0] ?? {};
}
