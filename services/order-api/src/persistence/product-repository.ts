import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { amountOf } from '../domain/money.ts';
import type { Product } from '../domain/product.ts';
import type { ProductRepository } from '../use-cases/repositories.ts';
import { adjustStock } from './adjust-stock.sql.ts';
import { ProductEntity, type ProductRow } from './entities/product.entity.ts';
import { storedMoney } from './stored-money.ts';

export function productRepository(em: EntityManager): ProductRepository {
  const locked = new Map<string, ProductRow>();
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
      const rows = await em.find(
        ProductEntity,
        { id: { $in: [...ids] } },
        { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      for (const row of rows) locked.set(row.id, row);
      return rows.map(productOf);
    },

    add({ price, ...product }) {
      em.persist(em.create(ProductEntity, { ...product, price: amountOf(price), currency: price.currency }));
    },

    save({ id, stock, version }) {
      const row = locked.get(id);
      if (!row) throw new RangeError(`product ${id} is saved without having been locked`);
      em.assign(row, { stock, version });
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
