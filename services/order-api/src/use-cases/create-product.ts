import { isCurrency, money } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import { done, type Outcome, rejected } from '../domain/rejection.ts';
import type { Author } from './audit.ts';
import { brokeConstraint } from './storage-error.ts';
import type { Transactions } from './unit-of-work.ts';

export interface WantedProduct {
  readonly sku: string;
  readonly name: string;
  /** A decimal string with at most two decimals. */
  readonly price: string;
  readonly currency: string;
  readonly stock: number;
}

export interface CreateProductDependencies {
  readonly transactions: Transactions;
  readonly newId: () => string;
}

export type CreateProduct = (wanted: WantedProduct, author: Author) => Promise<Outcome<Product>>;

export function createProductUseCase({ transactions, newId }: CreateProductDependencies): CreateProduct {
  return async ({ sku, name, price, currency, stock }, author) => {
    if (!isCurrency(currency)) return rejected({ kind: 'unsupported-currency', currency });
    const product: Product = { id: newId(), sku, name, price: money(price, currency), stock, version: 1 };
    try {
      await transactions.write(async (unit) => {
        unit.products.add(product);
        const { id: rowId, version } = product;
        unit.audit.record({ author, action: 'product.added', table: 'products', rowId, version });
      });
      return done(product);
    } catch (error) {
      if (brokeConstraint(error, 'uq_products_sku')) return rejected({ kind: 'duplicate-sku' });
      throw error;
    }
  };
}
