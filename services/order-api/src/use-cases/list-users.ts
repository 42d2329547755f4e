import { type Principal, seesOrdersOf, visibleOrders } from '../domain/principal.ts';
import { done, type Outcome, rejected } from '../domain/rejection.ts';
import type { User } from '../domain/user.ts';
import { type Page, readPage } from './pages.ts';
import type { OwnedOrder, UserPage } from './repositories.ts';
import type { ReadUnit, Transactions } from './unit-of-work.ts';

/** At most so many orders are shown with a user; the rest is read page by page. */
export const NEWEST_ORDERS = 10;

/** `orders` is undefined where they were not asked for. */
export interface UserWithOrders {
  readonly user: User;
  readonly orders: readonly OwnedOrder[] | undefined;
}

export type WithOrders = 'none' | 'newest';

export type ReadUser = (
  id: string,
  withOrders: WithOrders,
  principal: Principal,
) => Promise<Outcome<UserWithOrders>>;

export function readUserUseCase(transactions: Transactions): ReadUser {
  return async (id, withOrders, principal) => {
    if (withOrders === 'newest' && !seesOrdersOf(principal, id))
      return rejected({ kind: 'orders-of-others' });
    return transactions.read(async (unit) => {
      const user = await unit.users.get(id);
      if (!user) return rejected({ kind: 'not-found', what: 'user' });
      const [whole] = await withNewest(unit, [user], withOrders, principal);
      return done(whole ?? { user, orders: undefined });
    });
  };
}

export type ListUsers = (
  page: UserPage,
  withOrders: WithOrders,
  principal: Principal,
) => Promise<Outcome<Page<UserWithOrders>>>;

/** One query for the page and one for all orders on it, whatever the page. */
export function listUsersUseCase(transactions: Transactions): ListUsers {
  return async (page, withOrders, principal) => {
    const visibility = visibleOrders(principal);
    if (withOrders === 'newest' && visibility.kind !== 'all') return rejected({ kind: 'orders-of-others' });
    return transactions.read(async (unit) => {
      const { items, more } = await readPage(page.limit, (limit) => unit.users.list({ ...page, limit }));
      return done({ items: await withNewest(unit, items, withOrders, principal), more });
    });
  };
}

async function withNewest(
  unit: ReadUnit,
  users: readonly User[],
  withOrders: WithOrders,
  principal: Principal,
): Promise<readonly UserWithOrders[]> {
  if (withOrders === 'none') return users.map((user) => ({ user, orders: undefined }));
  const ids = users.map(({ id }) => id);
  const orders = await unit.orders.newestOf(ids, NEWEST_ORDERS, principal);
  const byUser = Map.groupBy(orders, ({ userId }) => userId);
  return users.map((user) => ({ user, orders: byUser.get(user.id) ?? [] }));
}
