import { amountOf } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import type { Write } from './write-together.sql.ts';

/**
 * All orders of a unit of work; their lines are {@link insertOrderLines}'s. Costs, per row, an entry in pk_orders and in
 * ix_orders_user_id_placed_at and a look at pk_users.
 */
export function insertOrders(orders: readonly Order[]): Write {
  const rows = orders.map(({ id, userId, status, version, total, placedAt }) => ({
    id,
    user_id: userId,
    status,
    version,
    total: amountOf(total),
    currency: total.currency,
    placed_at: placedAt,
  }));
  return {
    sql: `insert into orders (id, user_id, status, version, total, currency, placed_at)
     select id, user_id, status, version, total, currency, placed_at
     from json_to_recordset(?::json) as new
       (id uuid, user_id uuid, status text, version integer, total numeric, currency text, placed_at timestamptz)`,
    params: [JSON.stringify(rows)],
  };
}

/** Costs, per row, an entry in pk_order_items and in ix_order_items_product_id and two looks. */
export function insertOrderLines(orders: readonly Order[]): Write {
  const rows = orders.flatMap(({ id, lines }) =>
    lines.map(({ lineNo, productId, quantity, unitPrice }) => ({
      order_id: id,
      line_no: lineNo,
      product_id: productId,
      quantity,
      unit_price: amountOf(unitPrice),
    })),
  );
  return {
    sql: `insert into order_items (order_id, line_no, product_id, quantity, unit_price)
     select order_id, line_no, product_id, quantity, unit_price
     from json_to_recordset(?::json) as new
       (order_id uuid, line_no smallint, product_id uuid, quantity integer, unit_price numeric)`,
    params: [JSON.stringify(rows)],
  };
}
