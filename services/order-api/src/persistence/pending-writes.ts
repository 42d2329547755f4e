import type { EntityManager } from '@mikro-orm/postgresql';
import type { InsertOfEvents, OutboxEvent } from '@waybill/outbox';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/product.ts';
import type { AuditEntry } from '../use-cases/audit.ts';
import type { IdempotencyRecord } from '../use-cases/idempotency.ts';
import { StorageError } from '../use-cases/storage-error.ts';
import { insertAuditEntries } from './audit-log.sql.ts';
import { writeIdempotencyKeys } from './idempotency-keys.sql.ts';
import { insertOrderLines, insertOrders } from './insert-orders.sql.ts';
import { updateStock } from './locked-products.sql.ts';
import { type Write, type Writes, writeTogether } from './write-together.sql.ts';

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
 * One statement, whatever the number of rows and tables. Not by the ORM: it made an entity, a change set and a literal of
 * every value, a third of an order's busy time (docs/performance.md).
 */
export async function writePending(
  em: EntityManager,
  pending: PendingWrites,
  insertOfEvents: InsertOfEvents,
): Promise<void> {
  const { orders, products, keys, events, entries } = pending;
  const writes: Writes = {
    ...(products.size > 0 && { stock: updateStock([...products.values()]) }),
    ...(orders.length > 0 && { orders: insertOrders(orders), lines: insertOrderLines(orders) }),
    ...(keys.length > 0 && { keys: writeOfKeys(keys) }),
    ...(events.length > 0 && { events: insertOfEvents(events) }),
    ...(entries.length > 0 && { entries: insertAuditEntries(entries) }),
  };
  if (Object.keys(writes).length === 0) return;
  const keysWritten = await writeTogether(em, writes);
  // Nothing is committed without its key: it would be done again when the client asks again.
  if (keysWritten < keys.length) {
    throw new StorageError({ sqlState: UNIQUE_VIOLATION, constraint: 'pk_idempotency_keys' });
  }
}

function writeOfKeys(keys: PendingWrites['keys']): Write {
  const now = new Date(Math.max(...keys.map((key) => key.now.getTime())));
  return writeIdempotencyKeys(
    keys.map(({ record }) => record),
    now,
  );
}

const UNIQUE_VIOLATION = '23505';
