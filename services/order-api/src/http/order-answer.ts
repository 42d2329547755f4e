import { Type } from 'typebox';
import { amountOf } from '../domain/money.ts';
import { type Order, orderStatuses } from '../domain/order.ts';
import type { StoredAnswer } from '../use-cases/idempotency.ts';
import type { OwnedOrder } from '../use-cases/repositories.ts';
import { Amount, closed, CurrencyCode, Instant, named, Uuid } from './fields.ts';

export const OrderStatusName = Type.Enum(orderStatuses);

export const OrderView = named('Order', {
  id: Uuid,
  user_id: Uuid,
  status: OrderStatusName,
  version: Type.Integer(),
  total: Amount,
  currency: CurrencyCode,
  items: Type.Array(closed({ product_id: Uuid, quantity: Type.Integer(), unit_price: Amount })),
  placed_at: Instant,
});
export type OrderView = Type.Static<typeof OrderView>;

export function orderView(order: Order): OrderView {
  return {
    id: order.id,
    user_id: order.userId,
    status: order.status,
    version: order.version,
    total: amountOf(order.total),
    currency: order.total.currency,
    items: order.lines.map(({ productId, quantity, unitPrice }) => ({
      product_id: productId,
      quantity,
      unit_price: amountOf(unitPrice),
    })),
    placed_at: order.placedAt.toISOString(),
  };
}

/** What lists show of an order. */
export const listedOrder = {
  id: Uuid,
  total: Amount,
  currency: CurrencyCode,
  status: OrderStatusName,
  placed_at: Instant,
};

export function listedOrderView({ id, total, status, placedAt }: Omit<OwnedOrder, 'userId'>) {
  return { id, total: amountOf(total), currency: total.currency, status, placed_at: placedAt.toISOString() };
}

/** RFC 9110, 8.8.3: strong, because the version changes with every change of the order. */
export function entityTagOf(order: Order): string {
  return `"${order.version}"`;
}

/** What POST /v1/orders answers, as it is stored: a replay is this text again, not the order rendered anew. */
export function placedAnswer(order: Order): StoredAnswer {
  return {
    status: 201,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      etag: entityTagOf(order),
      location: `/v1/orders/${order.id}`,
    },
    body: JSON.stringify(orderView(order)),
  };
}

/** What a cancellation answers, as it is stored. */
export function cancelledAnswer(order: Order): StoredAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', etag: entityTagOf(order) },
    body: JSON.stringify(orderView(order)),
  };
}
