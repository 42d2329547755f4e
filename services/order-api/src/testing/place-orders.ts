import type { PlaceOrderResult } from '../use-cases/decide-orders.ts';
import {
  type PlaceOrderCommand,
  type PlaceOrders,
  placeOrdersUseCase,
  type PlaceOrdersDependencies,
} from '../use-cases/place-orders.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';
import { orderPresentation } from '../app.ts';
import { aPrincipal, newId } from './examples.ts';

export const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The use case as the service composes it, with time and chance taken out of retries. */
export function placing(
  transactions: Transactions,
  overrides: Partial<PlaceOrdersDependencies> = {},
): PlaceOrders {
  return placeOrdersUseCase({
    transactions,
    presentation: orderPresentation('https://orders.example'),
    now: () => new Date(),
    newId,
    random: () => 0,
    onRepeat: () => undefined,
    onFailed: () => undefined,
    signal: new AbortController().signal,
    ...overrides,
  });
}

/** One piece of each product, ordered by the user. */
export function aCommand(
  userId: string,
  productIds: readonly string[],
  overrides: Partial<PlaceOrderCommand> = {},
): PlaceOrderCommand {
  return {
    principal: aPrincipal(userId, 'orders:write'),
    route: 'POST /v1/orders',
    idempotencyKey: newId(),
    userId,
    lines: productIds.map((productId) => ({ productId, quantity: 1 })),
    traceparent,
    requestId: 'a-request',
    ...overrides,
  };
}

/** The results in a few words: their kind, and why when it is a no. */
export function inShort(results: readonly PlaceOrderResult[]): readonly string[] {
  return results.map((result) => (result.kind === 'rejected' ? result.rejection.kind : result.kind));
}
