import type { OrderCancelled, OrderPlaced } from '@waybill/contracts';
import { amountOf } from './money.ts';
import type { Order } from './order.ts';
import type { Product } from './product.ts';

/**
 * What subscribers learn of an order's first version. No e-mail and no name: events are kept for ever.
 *
 * @param products holds every product of the order
 */
export function orderPlacedData(order: Order, products: ReadonlyMap<string, Product>): OrderPlaced {
  return {
    order_id: order.id,
    user_id: order.userId,
    version: order.version,
    total: amountOf(order.total),
    currency: order.total.currency,
    items: order.lines.map(({ productId, quantity, unitPrice }) => {
      const product = products.get(productId);
      if (!product)
        throw new RangeError(`order ${order.id} names product ${productId}, which is not at hand`);
      return { product_id: productId, sku: product.sku, quantity, unit_price: amountOf(unitPrice) };
    }),
    placed_at: order.placedAt.toISOString(),
  };
}

/** What subscribers learn of a cancellation. */
export function orderCancelledData(order: Order, cancelledAt: Date): OrderCancelled {
  return {
    order_id: order.id,
    user_id: order.userId,
    version: order.version,
    total: amountOf(order.total),
    currency: order.total.currency,
    cancelled_at: cancelledAt.toISOString(),
  };
}
