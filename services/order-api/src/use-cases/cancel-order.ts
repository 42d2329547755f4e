import type { OutboxEvent } from '@waybill/outbox';
import { retryable } from '@waybill/retry';
import { cancelOrder, type ExpectedVersion, type Order, refusalToCancel } from '../domain/order.ts';
import type { Principal } from '../domain/principal.ts';
import { done, type Outcome, type Rejection, rejected } from '../domain/rejection.ts';
import { requestHash, type StoredAnswer } from './idempotency.ts';
import { onceUnderKey } from './once-under-key.ts';
import { type OnRepeat, repeatUnderKey } from './repeat-policy.ts';
import type { Transactions, UnitOfWork } from './unit-of-work.ts';

export interface CancelOrderCommand {
  readonly principal: Principal;
  readonly idempotencyKey: string;
  readonly orderId: string;
  /** Undefined when the client did not say. */
  readonly expected: ExpectedVersion | undefined;
  readonly traceparent: string;
  readonly requestId: string;
}

export type CancelOrderResult =
  | { readonly kind: 'cancelled'; readonly answer: StoredAnswer }
  | { readonly kind: 'replayed'; readonly answer: StoredAnswer }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** How a cancelled order looks to the one who cancelled it and to those who subscribe. */
export interface CancelPresentation {
  readonly answer: (order: Order) => StoredAnswer;
  readonly event: (cancelled: {
    readonly order: Order;
    readonly cancelledAt: Date;
    readonly traceparent: string;
  }) => OutboxEvent;
}

export interface CancelOrderDependencies {
  readonly transactions: Transactions;
  readonly presentation: CancelPresentation;
  readonly now: () => Date;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onRepeat: OnRepeat;
  readonly signal: AbortSignal;
}

/** @throws StorageError when the database cannot be reached or refuses the work */
export type CancelOrder = (command: CancelOrderCommand) => Promise<CancelOrderResult>;

/** The route that the keys belong to; part of their identity in the database, so it never changes. */
const ROUTE = 'POST /v1/orders/:id/cancel';

/** Cancels an order once, gives its stock back and says so in an event, all in one unit of work. */
export function cancelOrderUseCase(dependencies: CancelOrderDependencies): CancelOrder {
  const { transactions, presentation, now, random, onRepeat, signal } = dependencies;
  const policy = repeatUnderKey(random, onRepeat);
  return async (command) => {
    const cancelledAt = now();
    return await retryable(
      () => transactions.write((unit) => cancelInUnit(unit, command, cancelledAt, presentation)),
      policy,
      signal,
    );
  };
}

async function cancelInUnit(
  unit: UnitOfWork,
  command: CancelOrderCommand,
  cancelledAt: Date,
  presentation: CancelPresentation,
): Promise<CancelOrderResult> {
  const { principal, idempotencyKey, orderId } = command;
  const identity = { principal: principal.subject, route: ROUTE, key: idempotencyKey };
  const outcome = await onceUnderKey(unit, { identity, hash: requestHash([orderId]), at: cancelledAt }, () =>
    cancelOnce(unit, command, cancelledAt, presentation),
  );
  if (outcome.kind === 'rejected') return outcome;
  const { kind, answer } = outcome.value;
  return { kind: kind === 'first' ? 'cancelled' : 'replayed', answer };
}

/** The number of queries does not depend on the order. */
async function cancelOnce(
  unit: UnitOfWork,
  { principal, orderId, expected, traceparent, requestId }: CancelOrderCommand,
  cancelledAt: Date,
  presentation: CancelPresentation,
): Promise<Outcome<StoredAnswer>> {
  if (expected === undefined) return rejected({ kind: 'precondition-required' });
  const order = await unit.orders.lock(orderId, principal);
  if (!order) return rejected({ kind: 'not-found', what: 'order' });
  const refusal = refusalToCancel(order, expected);
  if (refusal) return rejected(refusal);

  const catalogue = await unit.products.lock(order.lines.map(({ productId }) => productId));
  const outcome = cancelOrder(order, new Map(catalogue.map((product) => [product.id, product])));
  if (outcome.kind === 'rejected') return outcome;
  const cancelled = outcome.value;
  unit.orders.save(cancelled.order);
  for (const product of cancelled.products) unit.products.save(product);
  unit.outbox.enqueue(presentation.event({ order: cancelled.order, cancelledAt, traceparent }));
  unit.audit.record({
    author: { actor: principal.subject, requestId },
    action: 'order.cancelled',
    table: 'orders',
    rowId: orderId,
    version: cancelled.order.version,
  });
  return done(presentation.answer(cancelled.order));
}
