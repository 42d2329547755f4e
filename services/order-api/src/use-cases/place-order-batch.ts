import type { OutboxEvent } from '@waybill/outbox';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import { decideOrders, type PendingOrder, type PlaceOrderResult } from './decide-orders.ts';
import { type IdempotencyIdentity, identityText, type StoredAnswer } from './idempotency.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** How an order looks to the one who placed it and to those who subscribe. */
export interface OrderPresentation {
  /** The answer to give and to store. */
  readonly answer: (order: Order) => StoredAnswer;
  /** The event of the order's first version. */
  readonly event: (placed: {
    readonly order: Order;
    readonly products: ReadonlyMap<string, Product>;
    readonly traceparent: string;
  }) => OutboxEvent;
}

/**
 * Places a batch in one unit of work. The number of queries does not depend on the batch: locks, keys, users and
 * products are one each, and the commit writes each table once.
 */
export async function placeOrderBatch(
  unit: UnitOfWork,
  batch: readonly PendingOrder[],
  presentation: OrderPresentation,
): Promise<readonly PlaceOrderResult[]> {
  const identities = distinctIdentities(batch);
  const got = await unit.idempotency.tryLock(identities);
  const lockedIdentities = identities.filter((_, index) => got[index]);
  const locked = new Set(lockedIdentities.map(identityText));

  // A statement of its own, after the lock: its snapshot shows what the lock's last holder committed.
  const now = latestOf(batch);
  const stored = await unit.idempotency.find(lockedIdentities, now);
  const records = new Map(stored.map((record) => [identityText(record.identity), record]));

  const open = batch.filter(({ identity }) => {
    const text = identityText(identity);
    return locked.has(text) && !records.has(text);
  });
  const users = await unit.users.existing(distinct(open.map(({ userId }) => userId)));
  const catalogue = await unit.products.lock(
    distinct(open.flatMap(({ lines }) => lines.map(({ productId }) => productId))),
  );
  const products = new Map(catalogue.map((product) => [product.id, product]));

  const decision = decideOrders(batch, { locked, records, users, products }, presentation.answer);
  for (const product of decision.products) unit.products.save(product);
  for (const { order, traceparent, author } of decision.placed) {
    unit.orders.add(order);
    unit.outbox.enqueue(presentation.event({ order, products, traceparent }));
    const { id: rowId, version } = order;
    unit.audit.record({ author, action: 'order.placed', table: 'orders', rowId, version });
  }
  for (const record of decision.records) unit.idempotency.put(record, now);
  return decision.results;
}

function distinctIdentities(batch: readonly PendingOrder[]): readonly IdempotencyIdentity[] {
  const all = batch.flatMap((one) => (one.batch ? [one.identity, one.batch.identity] : [one.identity]));
  return [...new Map(all.map((identity) => [identityText(identity), identity])).values()];
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}

/** The time by which stored answers count as expired. */
function latestOf(batch: readonly PendingOrder[]): Date {
  return new Date(Math.max(...batch.map(({ placedAt }) => placedAt.getTime())));
}
