import type { EntityManager } from '@mikro-orm/postgresql';
import type { OutboxEvent, WriteEvents } from '@waybill/outbox';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import type { AuditEntry } from '../use-cases/audit.ts';
import type { IdempotencyRecord } from '../use-cases/idempotency.ts';
import { StorageError } from '../use-cases/storage-error.ts';
import { insertAuditEntries } from './audit-log.sql.ts';
import { writeIdempotencyKeys } from './idempotency-keys.sql.ts';
import { insertOrderLines, insertOrders } from './insert-orders.sql.ts';
import { updateStock } from './locked-products.sql.ts';

/** What a unit of work has added and saved, and writes at its end. */
export interface PendingWrites {
  readonly orders: Order[];
  /** By id: one row is written once, as it is in the end. */
  readonly products: Map<string, Product>;
  /** Each with the time by which a record in its place counts as expired. */
  readonly keys: { readonly record: IdempotencyRecord; readonly now: Date }[];
  readonly events: OutboxEvent[];
  readonly entries: AuditEntry[];
}

export function noPendingWrites(): PendingWrites {
  return { orders: [], products: new Map(), keys: [], events: [], entries: [] };
}

/**
 * A statement for each table that something is written to, whatever the number of rows. Not by the ORM: it made an
 * entity, a change set and a literal of every value, a third of an order's busy time (docs/performance.md).
 */
export async function writePending(
  em: EntityManager,
  pending: PendingWrites,
  writeEvents: WriteEvents,
): Promise<void> {
  const { orders, products, keys, events, entries } = pending;
  if (products.size > 0) await updateStock(em, [...products.values()]);
  if (orders.length > 0) {
    await insertOrders(em, orders);
    await insertOrderLines(em, orders);
  }
  if (keys.length > 0) await writeKeys(em, keys);
  await writeEvents(em, events);
  if (entries.length > 0) await insertAuditEntries(em, entries);
}

/** Nothing is committed without its key: it would be done again when the client asks again. */
async function writeKeys(em: EntityManager, keys: PendingWrites['keys']): Promise<void> {
  const now = new Date(Math.max(...keys.map((key) => key.now.getTime())));
  const written = await writeIdempotencyKeys(
    em,
    keys.map(({ record }) => record),
    now,
  );
  if (written < keys.length) {
    throw new StorageError({ sqlState: UNIQUE_VIOLATION, constraint: 'pk_idempotency_keys' });
  }
}

const UNIQUE_VIOLATION = '23505';
