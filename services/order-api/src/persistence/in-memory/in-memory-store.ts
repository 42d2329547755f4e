import type { OutboxEvent } from '@waybill/outbox';
import type { Order } from '../../domain/order.ts';
import { GREATEST_STOCK, type Product } from '../../domain/product.ts';
import type { User } from '../../domain/user.ts';
import type { AuditEntry } from '../../use-cases/audit.ts';
import { type IdempotencyRecord, identityText } from '../../use-cases/idempotency.ts';
import { StorageError } from '../../use-cases/storage-error.ts';

/** What one unit of work wants written. */
export interface Writes {
  readonly users: User[];
  readonly upsertedUsers: User[];
  readonly products: Product[];
  readonly savedProducts: Product[];
  readonly orders: Order[];
  readonly savedOrders: Order[];
  readonly records: { readonly record: IdempotencyRecord; readonly now: Date }[];
  readonly events: OutboxEvent[];
  readonly entries: AuditEntry[];
}

export function noWrites(): Writes {
  return {
    users: [],
    upsertedUsers: [],
    products: [],
    savedProducts: [],
    orders: [],
    savedOrders: [],
    records: [],
    events: [],
    entries: [],
  };
}

/** What is committed. Refuses a unit of work with the SQLSTATE and the constraint that PostgreSQL would name. */
export class InMemoryStore {
  readonly users = new Map<string, User>();
  readonly products = new Map<string, Product>();
  readonly orders = new Map<string, Order>();
  readonly records = new Map<string, IdempotencyRecord>();
  readonly outbox: OutboxEvent[] = [];
  readonly audit: AuditEntry[] = [];

  /** @throws StorageError and leaves the store as it was */
  commit(writes: Writes): void {
    const users = new Map(this.users);
    const products = new Map(this.products);
    const orders = new Map(this.orders);
    const records = new Map(this.records);
    for (const user of writes.users) addUser(users, user);
    for (const user of writes.upsertedUsers) upsertUser(users, user);
    for (const product of writes.products) addProduct(products, product);
    for (const product of writes.savedProducts) saveProduct(products, product);
    for (const order of writes.orders) addOrder(orders, order, users, products);
    for (const order of writes.savedOrders) orders.set(order.id, order);
    for (const { record, now } of writes.records) {
      const identity = identityText(record.identity);
      const there = records.get(identity);
      if (there && there.expiresAt > now) refuseTaken(records, identity, 'pk_idempotency_keys');
      records.set(identity, record);
    }
    replace(this.users, users);
    replace(this.products, products);
    replace(this.orders, orders);
    replace(this.records, records);
    this.outbox.push(...writes.events);
    this.audit.push(...writes.entries);
  }
}

function addUser(users: Map<string, User>, user: User): void {
  refuseTaken(users, user.id, 'pk_users');
  const email = user.email.toLowerCase();
  if ([...users.values()].some((other) => other.email.toLowerCase() === email)) {
    throw new StorageError({ sqlState: '23505', constraint: 'uq_users_email' });
  }
  users.set(user.id, user);
}

function upsertUser(users: Map<string, User>, { id, email, name, createdAt }: User): void {
  const there = [...users.values()].find((other) => other.email.toLowerCase() === email.toLowerCase());
  if (there) users.set(there.id, { ...there, name });
  else addUser(users, { id, email, name, createdAt });
}

function addProduct(products: Map<string, Product>, product: Product): void {
  refuseTaken(products, product.id, 'pk_products');
  if ([...products.values()].some((other) => other.sku === product.sku)) {
    throw new StorageError({ sqlState: '23505', constraint: 'uq_products_sku' });
  }
  saveProduct(products, product);
}

function saveProduct(products: Map<string, Product>, product: Product): void {
  if (product.stock < 0) {
    throw new StorageError({ sqlState: '23514', constraint: 'ck_products_stock_not_negative' });
  }
  // numeric_value_out_of_range
  if (product.stock > GREATEST_STOCK) throw new StorageError({ sqlState: '22003' });
  products.set(product.id, product);
}

function addOrder(
  orders: Map<string, Order>,
  order: Order,
  users: ReadonlyMap<string, User>,
  products: ReadonlyMap<string, Product>,
): void {
  refuseTaken(orders, order.id, 'pk_orders');
  if (!users.has(order.userId)) {
    throw new StorageError({ sqlState: '23503', constraint: 'fk_orders_user_id' });
  }
  if (!order.lines.every(({ productId }) => products.has(productId))) {
    throw new StorageError({ sqlState: '23503', constraint: 'fk_order_items_product_id' });
  }
  orders.set(order.id, order);
}

function refuseTaken(taken: ReadonlyMap<string, unknown>, key: string, constraint: string): void {
  if (taken.has(key)) throw new StorageError({ sqlState: '23505', constraint });
}

function replace<T>(target: Map<string, T>, source: ReadonlyMap<string, T>): void {
  target.clear();
  for (const [key, value] of source) target.set(key, value);
}
