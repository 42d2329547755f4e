import type { OrderEvent } from '@waybill/contracts';
import { addMoney, negateMoney } from './money.ts';

/** What a batch of events does to the totals of one buyer in one currency. */
export interface TotalChange {
  readonly userId: string;
  readonly currency: string;
  /** Orders placed minus orders cancelled. */
  readonly orders: number;
  /** A decimal with two places, negative where more was cancelled than placed. */
  readonly spent: string;
}

type CountedEvent = Exclude<OrderEvent, { readonly data: null }>;

/** Sums events up, one change per buyer and currency. A cancellation takes back what its order's placing added. */
export function totalChanges(events: readonly OrderEvent[]): readonly TotalChange[] {
  const changes = new Map<string, TotalChange>();
  for (const event of events) {
    // The marker of a discarded event: there is nothing to count, and its version was applied all the same.
    if (event.type === 'waybill.event.discarded.v1') continue;
    const { user_id: userId, currency } = event.data;
    const identity = `${userId} ${currency}`;
    const before = changes.get(identity) ?? { userId, currency, orders: 0, spent: '0.00' };
    changes.set(identity, { ...before, ...changed(before, event) });
  }
  return [...changes.values()];
}

function changed({ orders, spent }: TotalChange, event: CountedEvent): Pick<TotalChange, 'orders' | 'spent'> {
  switch (event.type) {
    case 'waybill.order.placed.v1':
      return { orders: orders + 1, spent: addMoney(spent, event.data.total) };
    case 'waybill.order.cancelled.v1':
      return { orders: orders - 1, spent: addMoney(spent, negateMoney(event.data.total)) };
  }
}
