import type { Product } from '../domain/product.ts';
import { type Page, readPage } from './pages.ts';
import type { ProductPage } from './repositories.ts';
import type { Transactions } from './unit-of-work.ts';

export type ListProducts = (page: ProductPage) => Promise<Page<Product>>;

export function listProductsUseCase(transactions: Transactions): ListProducts {
  return (page) =>
    transactions.read((unit) => readPage(page.limit, (limit) => unit.products.search({ ...page, limit })));
}
