import { type EventDelivery, withArchived } from '../domain/event-delivery.ts';
import type { Principal } from '../domain/principal.ts';
import { done, type Outcome, rejected } from '../domain/rejection.ts';
import type { Transactions } from './unit-of-work.ts';

export type ReadOrderEvents = (
  id: string,
  principal: Principal,
) => Promise<Outcome<readonly EventDelivery[]>>;

/** Where each event of the order is, in the order of its versions. Who may not read the order learns nothing. */
export function readOrderEventsUseCase(transactions: Transactions): ReadOrderEvents {
  return async (id, principal) =>
    transactions.read(async (unit) => {
      const order = await unit.orders.get(id, principal);
      if (!order) return rejected({ kind: 'not-found', what: 'order' });
      return done(withArchived(await unit.deliveries.ofOrder(order.id), order.version));
    });
}
