import type { EntityManager } from '@mikro-orm/postgresql';
import type { StockAdjustment, StockVerdict } from '../domain/stock.ts';
import { GREATEST_STOCK } from '../domain/product.ts';

interface Row {
  readonly id: string;
  readonly before: number;
  readonly after: number | null;
  readonly version: number;
}

/**
 * Adjusts all or none, in one statement. The rows are locked in id order, as orders lock them, so that neither waits
 * for the other in a circle; the lock makes `locked` the latest version of each row. Costs one lookup in pk_products
 * and one row version per product.
 *
 * @returns for each product that exists what it had, and has where all were adjusted
 */
export async function adjustStock(
  em: EntityManager,
  adjustments: readonly StockAdjustment[],
): Promise<readonly StockVerdict[]> {
  const rows = await em.execute<Row[]>(
    `with wanted as (
       select id, delta from json_to_recordset(?::json) as w (id uuid, delta bigint)
     ), locked as (
       select p.id, p.stock, p.version, p.stock + w.delta as wish
       from products p join wanted w on w.id = p.id order by p.id for no key update of p
     ), verdict as (
       select count(*) = (select count(*) from wanted) and bool_and(wish between 0 and ${GREATEST_STOCK}) as fits
       from locked
     ), adjusted as (
       update products p set stock = l.wish, version = l.version + 1
       from locked l, verdict v where p.id = l.id and v.fits
       returning p.id, p.stock, p.version
     )
     select l.id, l.stock as before, a.stock as after, coalesce(a.version, l.version) as version
     from locked l left join adjusted a on a.id = l.id order by l.id`,
    [JSON.stringify(adjustments.map(({ productId, delta }) => ({ id: productId, delta })))],
  );
  return rows.map(({ id, before, after, version }) =>
    after === null
      ? { kind: 'left', productId: id, stock: before, version }
      : { kind: 'adjusted', productId: id, stock: after, version },
  );
}
