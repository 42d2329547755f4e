import type { Order } from '../../domain/order.ts';
import {
  changeableOrders,
  type OrderVisibility,
  type Principal,
  visibleOrders,
} from '../../domain/principal.ts';
import { GREATEST_STOCK, type Product } from '../../domain/product.ts';
import { identityText } from '../../use-cases/idempotency.ts';
import {
  type DeliveryRepository,
  type IdempotencyRepository,
  type OrderPosition,
  type OrderRepository,
  type ProductRepository,
  type UserRepository,
} from '../../use-cases/repositories.ts';
import type { Buyer } from '../../use-cases/reports.ts';
import type { UnitOfWork } from '../../use-cases/unit-of-work.ts';
import type { InMemoryStore, Writes } from './in-memory-store.ts';

/** Locks of one unit of work. */
export interface UnitLocks {
  readonly row: (name: string) => Promise<void>;
  readonly identity: (name: string) => boolean;
}

/** Reads see what is committed, never what this unit has added: as with `flushMode: 'commit'`. */
export function inMemoryUnit(store: InMemoryStore, writes: Writes, locks: UnitLocks): UnitOfWork {
  return {
    users: userFake(store, writes),
    products: productFake(store, writes, locks),
    orders: orderFake(store, writes, locks),
    idempotency: idempotencyFake(store, writes, locks),
    outbox: { enqueue: (event) => void writes.events.push(event) },
    deliveries: deliveryFake(store),
    audit: { record: (entry) => void writes.entries.push(entry) },
  };
}

function userFake(store: InMemoryStore, writes: Writes): UserRepository {
  return {
    get: async (id) => store.users.get(id),
    byEmail: async (email) =>
      [...store.users.values()].find((user) => user.email.toLowerCase() === email.toLowerCase()),
    existing: async (ids) => new Set(ids.filter((id) => store.users.has(id))),
    list: async ({ limit, after }) => byId(store.users.values(), after).slice(0, limit),
    add: (user) => void writes.users.push(user),
    async upsert(user) {
      const there = [...store.users.values()].find(
        (other) => other.email.toLowerCase() === user.email.toLowerCase(),
      );
      writes.upsertedUsers.push(user);
      return there ? { kind: 'changed', user: { ...there, name: user.name } } : { kind: 'registered', user };
    },
  };
}

function productFake(store: InMemoryStore, writes: Writes, locks: UnitLocks): ProductRepository {
  const locked = new Set<string>();
  return {
    search: async ({ limit, after, nameContains = '' }) =>
      byId(store.products.values(), after)
        .filter(({ name }) => name.toLowerCase().includes(nameContains.toLowerCase()))
        .slice(0, limit),

    async lock(ids) {
      const found: Product[] = [];
      for (const id of ids.toSorted()) {
        if (!store.products.has(id)) continue;
        await locks.row(id);
        locked.add(id);
        const product = store.products.get(id);
        if (product) found.push(product);
      }
      return found;
    },

    add: (product) => void writes.products.push(product),

    async adjust(adjustments) {
      const found: (Product & { readonly delta: number })[] = [];
      for (const { productId, delta } of adjustments.toSorted((a, b) =>
        a.productId < b.productId ? -1 : 1,
      )) {
        await locks.row(productId);
        const product = store.products.get(productId);
        if (product) found.push({ ...product, delta });
      }
      const fits =
        found.length === adjustments.length &&
        found.every(({ stock, delta }) => stock + delta >= 0 && stock + delta <= GREATEST_STOCK);
      return found.map(({ delta, ...product }) => {
        const { id: productId, stock, version } = product;
        if (!fits) return { kind: 'left', productId, stock, version };
        const adjusted = { ...product, stock: stock + delta, version: version + 1 };
        writes.savedProducts.push(adjusted);
        return { kind: 'adjusted', productId, stock: adjusted.stock, version: adjusted.version };
      });
    },

    save(product) {
      if (!locked.has(product.id))
        throw new RangeError(`product ${product.id} is saved without having been locked`);
      writes.savedProducts.push(product);
    },
  };
}

function orderFake(store: InMemoryStore, writes: Writes, locks: UnitLocks): OrderRepository {
  const locked = new Set<string>();
  const among = (order: Order, visibility: OrderVisibility): boolean =>
    visibility.kind === 'all' || (visibility.kind === 'own' && order.userId === visibility.userId);
  const visible = (order: Order, principal: Principal): boolean => among(order, visibleOrders(principal));
  return {
    async get(id, principal) {
      const order = store.orders.get(id);
      return order && visible(order, principal) ? order : undefined;
    },

    async listByUser(userId, { limit, after, status }, principal) {
      const user = store.users.get(userId);
      if (!user) return [];
      return [...store.orders.values()]
        .filter((order) => order.userId === userId && visible(order, principal))
        .filter((order) => status === undefined || order.status === status)
        .filter((order) => after === undefined || newestFirst(after, order) < 0)
        .sort(newestFirst)
        .slice(0, limit)
        .map((order) => ({
          id: order.id,
          total: order.total,
          status: order.status,
          placedAt: order.placedAt,
          user: { id: user.id, name: user.name },
        }));
    },

    newestOf: async (userIds, perUser, principal) =>
      userIds.flatMap((userId) =>
        [...store.orders.values()]
          .filter((order) => order.userId === userId && visible(order, principal))
          .sort(newestFirst)
          .slice(0, perUser)
          .map(({ id, total, status, placedAt }) => ({ id, userId, total, status, placedAt })),
      ),

    add: (order) => void writes.orders.push(order),

    async lock(id, principal) {
      if (!store.orders.has(id)) return undefined;
      await locks.row(`order ${id}`);
      const order = store.orders.get(id);
      if (!order || !among(order, changeableOrders(principal))) return undefined;
      locked.add(id);
      return order;
    },

    save(order) {
      if (!locked.has(order.id))
        throw new RangeError(`order ${order.id} is saved without having been locked`);
      writes.savedOrders.push(order);
    },
  };
}

function idempotencyFake(store: InMemoryStore, writes: Writes, locks: UnitLocks): IdempotencyRepository {
  return {
    tryLock: async (identities) => identities.map((identity) => locks.identity(identityText(identity))),

    find: async (identities, now) =>
      identities
        .flatMap((identity) => store.records.get(identityText(identity)) ?? [])
        .filter(({ expiresAt }) => expiresAt > now),

    put: (record, now) => void writes.records.push({ record, now }),
  };
}

/** Nobody publishes here, so every event waits. */
function deliveryFake(store: InMemoryStore): DeliveryRepository {
  return {
    ofOrder: async (orderId) =>
      store.outbox
        .filter(({ key }) => key === orderId)
        .map(({ topic, version, type }) => ({ topic, version, type, state: 'pending' })),
  };
}

function byId<T extends { readonly id: string }>(items: Iterable<T>, after: string | undefined): T[] {
  return [...items]
    .filter(({ id }) => after === undefined || id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function newestFirst(a: OrderPosition, b: OrderPosition): number {
  return b.placedAt.getTime() - a.placedAt.getTime() || (a.id > b.id ? -1 : Number(a.id < b.id));
}

export function topBuyers(store: InMemoryStore, limit: number): readonly Buyer[] {
  const placed = [...store.orders.values()].filter(({ status }) => status === 'placed');
  const perBuyer = Map.groupBy(placed, ({ userId, total }) => `${userId} ${total.currency}`);
  return [...perBuyer.values()]
    .flatMap((orders) => {
      const [first] = orders;
      const user = first && store.users.get(first.userId);
      if (!first || !user) return [];
      const spent = orders.reduce((sum, { total }) => sum.plus(total.amount), first.total.amount.times(0));
      return [{ id: user.id, email: user.email, currency: first.total.currency, spent }];
    })
    .sort((a, b) => b.spent.comparedTo(a.spent) || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
    .map((buyer) => ({ ...buyer, spent: buyer.spent.toFixed(2) }));
}
