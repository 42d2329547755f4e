import type { EntityManager } from '@mikro-orm/postgresql';
import type { OrderStatus } from '../domain/order.ts';
import type { OwnedOrder } from '../use-cases/repositories.ts';
import { storedMoney } from './stored-money.ts';

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly total: string;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly placed_ms: number;
}

/**
 * The newest orders of each user, newest first, in one statement: as many short walks back along
 * ix_orders_user_id_placed_at as there are users, whatever else stands in the table.
 */
export async function newestOrders(
  em: EntityManager,
  userIds: readonly string[],
  perUser: number,
): Promise<readonly OwnedOrder[]> {
  if (userIds.length === 0) return [];
  const rows = await em.execute<Row[]>(
    `select o.id, o.user_id, o.total::text, o.currency, o.status,
            (extract(epoch from o.placed_at) * 1000)::bigint::float8 as placed_ms
     from json_array_elements_text(?::json) as wanted (id)
     cross join lateral (
       select * from orders where user_id = wanted.id::uuid order by placed_at desc, id desc limit ?
     ) o
     order by o.user_id, o.placed_at desc, o.id desc`,
    [JSON.stringify(userIds), perUser],
  );
  return rows.map(({ id, user_id, total, currency, status, placed_ms }) => ({
    id,
    userId: user_id,
    total: storedMoney(total, currency),
    status,
    placedAt: new Date(placed_ms),
  }));
}
