import type { EntityManager } from '@mikro-orm/postgresql';
import type { Product } from '../domain/product.ts';
import type { Write } from './write-together.sql.ts';

export interface ProductRow {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly currency: string;
  readonly stock: number;
  readonly version: number;
}

/**
 * By pk_products. Sorted below the lock, so rows are locked in id order; one that had to be waited for comes as it is
 * after the wait. `no key`, because nobody changes an id: the foreign keys of others' lines need not wait.
 */
export async function lockProducts(
  em: EntityManager,
  ids: readonly string[],
): Promise<readonly ProductRow[]> {
  return em.execute<ProductRow[]>(
    `select id, sku, name, price, currency, stock, version
     from products where id = any(?::uuid[]) order by id for no key update`,
    [`{${ids.join(',')}}`],
  );
}

/** All products of a unit of work, by pk_products. Their rows are locked already. */
export function updateStock(products: readonly Product[]): Write {
  const rows = products.map(({ id, stock, version }) => ({ id, stock, version }));
  return {
    sql: `update products set stock = new.stock, version = new.version
     from json_to_recordset(?::json) as new (id uuid, stock integer, version integer)
     where products.id = new.id`,
    params: [JSON.stringify(rows)],
  };
}
