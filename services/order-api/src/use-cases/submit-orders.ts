import type { PlaceOrderResult } from './decide-orders.ts';
import { type GroupLimits, type GroupObserver, type GroupQueue, groupQueue } from './group-queue.ts';
import type { PlaceOrderCommand, PlaceOrders } from './place-orders.ts';

export type OrderQueue = GroupQueue<PlaceOrderCommand, PlaceOrderResult>;

/** The results stand in the order of the commands. */
export type SubmitOrders = (
  commands: readonly PlaceOrderCommand[],
  isWanted: () => boolean,
) => Promise<readonly PlaceOrderResult[]>;

/** A queue that gives each of its groups to the use case as one batch, which is one unit of work. */
export function orderQueue(
  limits: GroupLimits,
  placeOrders: PlaceOrders,
  observer: GroupObserver,
): OrderQueue {
  return groupQueue(limits, placeOrders, () => performance.now(), observer);
}

/** What clients submit shares units of work with what others submit at the same time. */
export function submitOrdersUseCase(queue: OrderQueue): SubmitOrders {
  return async (commands, isWanted) => {
    const outcome = await queue.submit(commands, isWanted);
    switch (outcome.kind) {
      case 'done':
        return outcome.results;
      case 'full':
        return commands.map(() => ({ kind: 'rejected', rejection: { kind: 'too-busy' } }));
      case 'gone':
        return commands.map(() => ({ kind: 'rejected', rejection: { kind: 'client-gone' } }));
    }
  };
}
