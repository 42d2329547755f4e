import type { OutboxEvent } from '@waybill/outbox';
import { retryable } from '@waybill/retry';
import { cancelOrder, type ExpectedVersion, type Order, refusalToCancel } from '../domain/order.ts';
import type { Principal } from '../domain/principal.ts';
import type { Rejection } from '../domain/rejection.ts';
import { ANSWER_KEPT_MS, type IdempotencyIdentity, requestHash, type StoredAnswer } from './idempotency.ts';
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
  /** Told after a commit that put an event into the outbox. Must neither throw nor wait. */
  readonly afterCommit: () => void;
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
  const { transactions, presentation, afterCommit, now, random, onRepeat, signal } = dependencies;
  const policy = repeatUnderKey(random, onRepeat);
  return async (command) => {
    const cancelledAt = now();
    const result = await retryable(
      () => transactions.write((unit) => cancelInUnit(unit, command, cancelledAt, presentation)),
      policy,
      signal,
    );
    if (result.kind === 'cancelled') afterCommit();
    return result;
  };
}

/** The number of queries does not depend on the order. */
async function cancelInUnit(
  unit: UnitOfWork,
  command: CancelOrderCommand,
  cancelledAt: Date,
  presentation: CancelPresentation,
): Promise<CancelOrderResult> {
  const { principal, orderId, expected, traceparent, requestId } = command;
  const identity: IdempotencyIdentity = {
    principal: principal.subject,
    route: ROUTE,
    key: command.idempotencyKey,
  };
  const hash = requestHash([orderId]);
  const [got] = await unit.idempotency.tryLock([identity]);
  if (got !== true) return reject({ kind: 'request-in-progress' });
  // A statement of its own, after the lock: its snapshot shows what the lock's last holder committed.
  const [record] = await unit.idempotency.find([identity], cancelledAt);
  if (record) {
    return record.requestHash === hash
      ? { kind: 'replayed', answer: record.answer }
      : reject({ kind: 'idempotency-key-reused' });
  }
  if (expected === undefined) return reject({ kind: 'precondition-required' });

  const order = await unit.orders.lock(orderId, principal);
  if (!order) return reject({ kind: 'not-found', what: 'order' });
  const refusal = refusalToCancel(order, expected);
  if (refusal) return reject(refusal);

  const catalogue = await unit.products.lock(order.lines.map(({ productId }) => productId));
  const outcome = cancelOrder(order, new Map(catalogue.map((product) => [product.id, product])));
  if (outcome.kind === 'rejected') return outcome;
  const cancelled = outcome.value;
  const answer = presentation.answer(cancelled.order);
  unit.orders.save(cancelled.order);
  for (const product of cancelled.products) unit.products.save(product);
  unit.outbox.enqueue(presentation.event({ order: cancelled.order, cancelledAt, traceparent }));
  const expiresAt = new Date(cancelledAt.getTime() + ANSWER_KEPT_MS);
  unit.idempotency.put({ identity, requestHash: hash, answer, expiresAt }, cancelledAt);
  unit.audit.record({
    author: { actor: principal.subject, requestId },
    action: 'order.cancelled',
    table: 'orders',
    rowId: orderId,
    version: cancelled.order.version,
  });
  return { kind: 'cancelled', answer };
}

function reject(rejection: Rejection): CancelOrderResult {
  return { kind: 'rejected', rejection };
}
