import { cancelPresentation } from '../app.ts';
import { type CancelOrder, type CancelOrderCommand, cancelOrderUseCase } from '../use-cases/cancel-order.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';
import { aPrincipal, newId } from './examples.ts';
import { traceparent } from './place-orders.ts';

/** The use case as the service composes it, with chance taken out of retries. */
export function cancelling(transactions: Transactions): CancelOrder {
  return cancelOrderUseCase({
    transactions,
    presentation: cancelPresentation('https://orders.example'),
    now: () => new Date(),
    random: () => 0,
    onRepeat: () => undefined,
    signal: new AbortController().signal,
  });
}

/** Of an order in its first version, by its owner. */
export function aCancellation(
  userId: string,
  orderId: string,
  overrides: Partial<CancelOrderCommand> = {},
): CancelOrderCommand {
  return {
    principal: aPrincipal(userId, 'orders:write'),
    idempotencyKey: newId(),
    orderId,
    expected: [1],
    traceparent,
    requestId: 'a-request',
    ...overrides,
  };
}
