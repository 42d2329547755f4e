import type { Product } from '../domain/product.ts';
import { aProduct } from './examples.ts';
import type { OrderDatabase } from './order-database.ts';

/** Adds a product to the catalogue. */
export async function stocked(database: OrderDatabase, overrides: Partial<Product> = {}): Promise<Product> {
  const product = aProduct(overrides);
  await database.transactions.write(async ({ products }) => products.add(product));
  return product;
}

/** What is left of a product; NaN when there is no such product. */
export async function stockOf({ admin }: OrderDatabase, id: string): Promise<number> {
  const { rows } = await admin.query<{ stock: number }>('select stock from products where id = $1', [id]);
  return rows[0]?.stock ?? Number.NaN;
}
