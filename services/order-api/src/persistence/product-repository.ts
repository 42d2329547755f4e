import type { EntityManager } from '@mikro-orm/postgresql';
import { amountOf } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import type { ProductRepository } from '../use-cases/repositories.ts';
import { adjustStock } from './adjust-stock.sql.ts';
import { ProductEntity } from './entities/product.entity.ts';
import { lockProducts, type ProductRow } from './locked-products.sql.ts';
import type { PendingWrites } from './pending-writes.ts';
import { storedMoney } from './stored-money.ts';

export function productRepository(em: EntityManager, pending: PendingWrites): ProductRepository {
  const locked = new Set<string>();
  return {
    async search({ limit, after, nameContains }) {
      const rows = await em.find(
        ProductEntity,
        {
          ...(after === undefined ? {} : { id: { $gt: after } }),
          ...(nameContains === undefined ? {} : { name: { $ilike: containing(nameContains) } }),
        },
        { orderBy: { id: 'asc' }, limit },
      );
      return rows.map(productOf);
    },

    async lock(ids) {
      if (ids.length === 0) return [];
      const rows = await lockProducts(em, ids);
      for (const { id } of rows) locked.add(id);
      return rows.map(productOf);
    },

    add({ price, ...product }) {
      em.persist(em.create(ProductEntity, { ...product, price: amountOf(price), currency: price.currency }));
    },

    save(product) {
      if (!locked.has(product.id)) {
        throw new RangeError(`product ${product.id} is saved without having been locked`);
      }
      pending.products.set(product.id, product);
    },

    adjust: (adjustments) => adjustStock(em, adjustments),
  };
}

/** LIKE pattern in which only the outer `%` are wildcards (PostgreSQL manual, 9.7.1: `\` escapes). */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

function productOf({ id, sku, name, price, currency, stock, version }: ProductRow): Product {
  return { id, sku, name, price: storedMoney(price, currency), stock, version };
}
