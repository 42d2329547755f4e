import type { Order } from '../domain/order.ts';
import type { Principal } from '../domain/principal.ts';
import { done, type Outcome, rejected } from '../domain/rejection.ts';
import type { Transactions } from './unit-of-work.ts';

export type ReadOrder = (id: string, principal: Principal) => Promise<Outcome<Order>>;

/** Somebody else's order and no order get the same answer. */
export function readOrderUseCase(transactions: Transactions): ReadOrder {
  return async (id, principal) => {
    const order = await transactions.read((unit) => unit.orders.get(id, principal));
    return order ? done(order) : rejected({ kind: 'not-found', what: 'order' });
  };
}
