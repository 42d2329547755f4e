import { type EntityManager, type FilterQuery, LockMode } from '@mikro-orm/postgresql';
import type { Order } from '../domain/order.ts';
import { changeableOrders, type OrderVisibility, seesOrdersOf, visibleOrders } from '../domain/principal.ts';
import type { OrderPosition, OrderRepository } from '../use-cases/repositories.ts';
import { OrderEntity, type OrderRow } from './entities/order.entity.ts';
import { loaded } from './loaded.ts';
import { newestOrders } from './newest-orders.sql.ts';
import type { PendingWrites } from './pending-writes.ts';
import { storedMoney } from './stored-money.ts';

export function orderRepository(em: EntityManager, pending: PendingWrites): OrderRepository {
  return { ...orderReads(em), ...orderChanges(em, pending) };
}

function orderReads(em: EntityManager): Pick<OrderRepository, 'get' | 'listByUser' | 'newestOf'> {
  return {
    async get(id, principal) {
      const visible = among(visibleOrders(principal));
      if (!visible) return undefined;
      const row = await em.findOne(
        OrderEntity,
        { $and: [{ id }, visible] },
        { populate: ['items'], strategy: 'select-in' },
      );
      return row ? orderOf(row) : undefined;
    },

    async listByUser(userId, { limit, after, status }, principal) {
      const visible = among(visibleOrders(principal));
      if (!visible) return [];
      const rows = await em.find(
        OrderEntity,
        { $and: [{ user: userId }, visible, status ? { status } : {}, after ? olderThan(after) : {}] },
        {
          populate: ['user'],
          strategy: 'joined',
          fields: ['total', 'currency', 'status', 'placedAt', 'user.name'],
          orderBy: { placedAt: 'desc', id: 'desc' },
          limit,
        },
      );
      return rows.map(({ id, total, currency, status, placedAt, user }) => {
        const { id: ownerId, name } = loaded(user, 'order.user');
        return {
          id,
          total: storedMoney(total, currency),
          status,
          placedAt,
          user: { id: ownerId, name },
        };
      });
    },

    newestOf: (userIds, perUser, principal) =>
      newestOrders(
        em,
        userIds.filter((id) => seesOrdersOf(principal, id)),
        perUser,
      ),
  };
}

function orderChanges(
  em: EntityManager,
  pending: PendingWrites,
): Pick<OrderRepository, 'add' | 'lock' | 'save'> {
  const locked = new Map<string, OrderRow>();
  return {
    add: (order) => void pending.orders.push(order),

    async lock(id, principal) {
      const changeable = among(changeableOrders(principal));
      if (!changeable) return undefined;
      const row = await em.findOne(
        OrderEntity,
        { $and: [{ id }, changeable] },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (!row) return undefined;
      // Apart: lines never change, and the lock is on the order alone.
      await em.populate(row, ['items'], { strategy: 'select-in' });
      locked.set(id, row);
      return orderOf(row);
    },

    save({ id, status, version }) {
      const row = locked.get(id);
      if (!row) throw new RangeError(`order ${id} is saved without having been locked`);
      em.assign(row, { status, version });
    },
  };
}

/** @returns undefined when the principal may see none, or can own none because its subject is no user's id */
function among(visibility: OrderVisibility): FilterQuery<OrderRow> | undefined {
  if (visibility.kind === 'all') return {};
  if (visibility.kind === 'none') return undefined;
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(visibility.userId);
  return isUuid ? { user: visibility.userId } : undefined;
}

/** Written so that the range on `placed_at` stands alone and the index on (user_id, placed_at, id) serves it. */
function olderThan({ placedAt, id }: OrderPosition): FilterQuery<OrderRow> {
  return { placedAt: { $lte: placedAt }, $or: [{ placedAt: { $lt: placedAt } }, { id: { $lt: id } }] };
}

function orderOf(row: OrderRow): Order {
  const lines = row.items.getItems().map((item) => ({
    lineNo: item.lineNo,
    productId: item.product.id,
    quantity: item.quantity,
    unitPrice: storedMoney(item.unitPrice, row.currency),
  }));
  return {
    id: row.id,
    userId: row.user.id,
    status: row.status,
    version: row.version,
    total: storedMoney(row.total, row.currency),
    placedAt: row.placedAt,
    lines,
  };
}
