import { type Principal, seesOrdersOf } from '../domain/principal.ts';
import { done, type Outcome, rejected } from '../domain/rejection.ts';
import { type Page, readPage } from './pages.ts';
import type { OrderPage, OrderSummary } from './repositories.ts';
import type { Transactions } from './unit-of-work.ts';

export type ListUserOrders = (
  userId: string,
  page: OrderPage,
  principal: Principal,
) => Promise<Outcome<Page<OrderSummary>>>;

/** A user whose orders the principal must not see and no user get the same answer. Two queries, whatever the page. */
export function listUserOrdersUseCase(transactions: Transactions): ListUserOrders {
  return async (userId, page, principal) => {
    const unknown = rejected({ kind: 'not-found', what: 'user' });
    if (!seesOrdersOf(principal, userId)) return unknown;
    return transactions.read(async (unit) => {
      if (!(await unit.users.get(userId))) return unknown;
      return done(
        await readPage(page.limit, (limit) => unit.orders.listByUser(userId, { ...page, limit }, principal)),
      );
    });
  };
}
