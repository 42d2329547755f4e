import { type Currency, exceedsNumeric, type Money, totalOf } from './money.ts';
import { GREATEST_STOCK, type Product, returnStock, takeStock } from './product.ts';
import { done, type Outcome, type Rejection, rejected } from './rejection.ts';

export const orderStatuses = ['placed', 'cancelled'] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export interface OrderLine {
  /** 1, 2, 3 … in the order in which the buyer named the products. */
  readonly lineNo: number;
  readonly productId: string;
  readonly quantity: number;
  /** The catalogue's price when the order was placed. */
  readonly unitPrice: Money;
}

/** `version` is 1, 2, 3 …: one step per change, and each step has its event. */
export interface Order {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly total: Money;
  readonly placedAt: Date;
  readonly lines: readonly OrderLine[];
}

export interface RequestedLine {
  readonly productId: string;
  readonly quantity: number;
}

export interface OrderRequest {
  readonly orderId: string;
  readonly userId: string;
  readonly placedAt: Date;
  readonly lines: readonly RequestedLine[];
}

/** An order and the products as they are once it has taken its stock. */
export interface PlacedOrder {
  readonly order: Order;
  readonly products: readonly Product[];
}

/**
 * Decides an order against the catalogue as it stands: prices and currency are the catalogue's, all lines are in
 * one currency, the stock suffices and the total fits. Changes nothing.
 *
 * @param catalogue holds at least the products asked for that exist
 */
export function placeOrder(
  request: OrderRequest,
  catalogue: ReadonlyMap<string, Product>,
): Outcome<PlacedOrder> {
  const found = request.lines.map((line) => ({ ...line, product: catalogue.get(line.productId) }));
  const repeated = lineNumbersWhere(found, (line, index) =>
    found.slice(0, index).some((earlier) => earlier.productId === line.productId),
  );
  if (repeated.length > 0) return rejected({ kind: 'repeated-product', lineNumbers: repeated });

  const unknown = lineNumbersWhere(found, (line) => line.product === undefined);
  if (unknown.length > 0) return rejected({ kind: 'unknown-product', lineNumbers: unknown });
  const lines = found.flatMap((line) => (line.product ? [{ ...line, product: line.product }] : []));

  const used = new Set(lines.map((line) => line.product.price.currency));
  const [currency] = used;
  if (currency === undefined) throw new RangeError('an order has at least one line');
  if (used.size > 1) return rejected({ kind: 'mixed-currencies', currencies: [...used].sort() });

  const short = lines.filter((line) => line.quantity > line.product.stock);
  if (short.length > 0) {
    const shortages = short.map(({ productId, quantity, product }) => ({
      productId,
      requested: quantity,
      available: product.stock,
    }));
    return rejected({ kind: 'insufficient-stock', shortages });
  }

  const order = firstVersion(request, lines, currency);
  if (exceedsNumeric(order.total)) return rejected({ kind: 'total-too-large' });
  return done({ order, products: lines.map((line) => takeStock(line.product, line.quantity)) });
}

/** The versions that a client takes the order to be in; `any` when it does not care. */
export type ExpectedVersion = 'any' | readonly number[];

/** A cancelled order and the products as they are once its stock is back. */
export interface CancelledOrder {
  readonly order: Order;
  readonly products: readonly Product[];
}

/**
 * Decides a cancellation against the order as it stands. Changes nothing.
 *
 * @param expected asked before the status: whoever has an old version does not know what it would cancel
 */
export function refusalToCancel(order: Order, expected: ExpectedVersion): Rejection | undefined {
  if (expected !== 'any' && !expected.includes(order.version)) {
    return { kind: 'stale-version', current: order.version };
  }
  return order.status === 'cancelled' ? { kind: 'not-cancellable' } : undefined;
}

/**
 * Refused while a product has so much that it cannot take back what the order took.
 *
 * @param catalogue holds every product of the order
 * @throws RangeError when one is missing
 */
export function cancelOrder(order: Order, catalogue: ReadonlyMap<string, Product>): Outcome<CancelledOrder> {
  const products = order.lines.map(({ productId, quantity }) => {
    const product = catalogue.get(productId);
    if (!product) throw new RangeError(`order ${order.id} names product ${productId}, which is not at hand`);
    return returnStock(product, quantity);
  });
  const full = products.filter(({ stock }) => stock > GREATEST_STOCK).map(({ id }) => id);
  if (full.length > 0) return rejected({ kind: 'no-room-for-returns', productIds: full });
  return done({ order: { ...order, status: 'cancelled', version: order.version + 1 }, products });
}

function firstVersion(
  request: OrderRequest,
  lines: readonly (RequestedLine & { readonly product: Product })[],
  currency: Currency,
): Order {
  const orderLines = lines.map(({ productId, quantity, product }, index) => ({
    lineNo: index + 1,
    productId,
    quantity,
    unitPrice: product.price,
  }));
  return {
    id: request.orderId,
    userId: request.userId,
    status: 'placed',
    version: 1,
    total: totalOf(orderLines, currency),
    placedAt: request.placedAt,
    lines: orderLines,
  };
}

function lineNumbersWhere<T>(
  lines: readonly T[],
  holds: (line: T, index: number) => boolean,
): readonly number[] {
  return lines.flatMap((line, index) => (holds(line, index) ? [index + 1] : []));
}
