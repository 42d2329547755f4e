import type { Money } from './money.ts';

/** Something to buy. `version` is 1, 2, 3 …: one step per change of the row. */
export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  readonly stock: number;
  readonly version: number;
}

/** What an int4 holds. */
export const GREATEST_STOCK = 2_147_483_647;

/** @throws RangeError when less than `quantity` is there: callers ask before they take */
export function takeStock(product: Product, quantity: number): Product {
  if (quantity > product.stock) throw new RangeError(`${product.sku} has ${product.stock}, not ${quantity}`);
  return { ...product, stock: product.stock - quantity, version: product.version + 1 };
}

/** A cancelled order gives back what it took: may come to more than {@link GREATEST_STOCK}, which nobody can store. */
export function returnStock(product: Product, quantity: number): Product {
  return { ...product, stock: product.stock + quantity, version: product.version + 1 };
}
