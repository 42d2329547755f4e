import type { BenchDatabase } from '../relay/databases.ts';

export const USERS = 1_000;
export const PRODUCTS = 1_000;

const id = (kind: number, n: number): string =>
  `0198c0de-0000-7000-8000-${String(kind)}${String(n).padStart(11, '0')}`;
export const userIds = Array.from({ length: USERS }, (_, n) => id(1, n));
/** Of an order that {@link fillOrders} made: 1, 2, 3 … */
export const orderId = (n: number): string => id(3, n);
export const productIds = Array.from({ length: PRODUCTS }, (_, n) => id(2, n));

/** Enough in stock that nothing is ever short. */
export async function fillCatalogue(database: BenchDatabase): Promise<void> {
  await database.inside(async (client) => {
    await client.query(
      `insert into users (id, email, name, created_at)
       select id, 'buyer' || n || '@example.com', 'Buyer', now() from unnest($1::uuid[]) with ordinality as u (id, n)`,
      [userIds],
    );
    await client.query(
      `insert into products (id, sku, name, price, currency, stock, version)
       select id, 'sku-' || n, 'Product ' || n, n % 100 + 0.99, 'EUR', 1000000000, 1
       from unnest($1::uuid[]) with ordinality as p (id, n)`,
      [productIds],
    );
    await client.query('vacuum analyze users, products');
  });
}

/** Old orders of the same users and products, written as the service writes them, without going through it. */
export async function fillOrders(database: BenchDatabase, count: number): Promise<void> {
  await database.inside(async (client) => {
    await client.query(
      `insert into orders (id, user_id, status, version, total, currency, placed_at)
       select ('0198c0de-0000-7000-8000-3' || lpad(n::text, 11, '0'))::uuid, ($1::uuid[])[1 + n % $2], 'placed', 1, 3.00, 'EUR',
              now() - interval '1 second' * (1000001 - n)
       from generate_series(1, $3::int) n`,
      [userIds, USERS, count],
    );
    await client.query(
      `insert into order_items (order_id, line_no, product_id, quantity, unit_price)
       select ('0198c0de-0000-7000-8000-3' || lpad(n::text, 11, '0'))::uuid, line, ($1::uuid[])[1 + (n * 7 + line) % $2], 1, 1.00
       from generate_series(1, $3::int) n, generate_series(1, 2) line`,
      [productIds, PRODUCTS, count],
    );
    await client.query('vacuum analyze orders, order_items');
  });
}
