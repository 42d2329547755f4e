import { retryable } from '@waybill/retry';
import type { RequestedLine } from '../domain/order.ts';
import { mayOrderFor, type Principal } from '../domain/principal.ts';
import type { Author } from './audit.ts';
import type { PendingOrder, PlaceOrderResult } from './decide-orders.ts';
import { requestHash } from './idempotency.ts';
import { type OrderPresentation, placeOrderBatch } from './place-order-batch.ts';
import { type OnRepeat, repeatUnderKey } from './repeat-policy.ts';
import { brokeConstraint, mayBeOfOne } from './storage-error.ts';
import type { Transactions } from './unit-of-work.ts';

export interface PlaceOrderCommand {
  readonly principal: Principal;
  readonly route: OrderRoute;
  readonly idempotencyKey: string;
  /** The key and the body of the call that it came with, when it came with others. */
  readonly batch?: { readonly key: string; readonly requestHash: string };
  readonly userId: string;
  readonly lines: readonly RequestedLine[];
  readonly traceparent: string;
  /** As answered in `x-request-id`. */
  readonly requestId: string;
}

export interface PlaceOrdersDependencies {
  readonly transactions: Transactions;
  readonly presentation: OrderPresentation;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onRepeat: OnRepeat;
  readonly onFailed: OnFailed;
  readonly signal: AbortSignal;
}

/** Told once of each unit of work that failed for good, with all the orders in it. Must neither throw nor wait. */
export type OnFailed = (error: unknown, orders: readonly Author[]) => void;

/** The results stand in the order of the commands. Never rejects: what went wrong is a result of its command. */
export type PlaceOrders = (commands: readonly PlaceOrderCommand[]) => Promise<readonly PlaceOrderResult[]>;

/** The routes that the keys belong to; part of their identity in the database, so they never change. */
export type OrderRoute = 'POST /v1/orders' | typeof BATCH_ROUTE;

const BATCH_ROUTE = 'POST /v1/orders/batch';

/**
 * Places orders, all or nothing per command, so that no client fails another: when the data of one command is
 * refused, a row of it stays locked or it meets a fault of ours, the batch is halved until that command stands alone;
 * when the database is away, the whole batch is repeated. A repeat begins with the keys, so a commit whose acknowledgement was lost is found, not made twice.
 */
export function placeOrdersUseCase(dependencies: PlaceOrdersDependencies): PlaceOrders {
  const { transactions, presentation, now, newId, random, onFailed, signal } = dependencies;
  const policy = repeatUnderKey(random, dependencies.onRepeat);

  async function settle(batch: readonly PendingOrder[]): Promise<readonly PlaceOrderResult[]> {
    try {
      return await retryable(
        () => transactions.write((unit) => placeOrderBatch(unit, batch, presentation)),
        policy,
        signal,
      );
    } catch (error) {
      if (!mayBeOfOne(error) || batch.length === 1) {
        const results = batch.map((pending) => resultOf(error, pending));
        const failed = batch.filter((_, index) => results[index]?.kind === 'failed');
        if (failed.length > 0)
          onFailed(
            error,
            failed.map(({ author }) => author),
          );
        return results;
      }
      const middle = Math.ceil(batch.length / 2);
      // One half after the other: which of two orders gets the last piece is decided by their order.
      const first = await settle(batch.slice(0, middle));
      return [...first, ...(await settle(batch.slice(middle)))];
    }
  }

  return async (commands) => {
    const placedAt = now();
    const pending = commands.map((command) =>
      mayOrderFor(command.principal, command.userId) ? pendingOrder(command, newId(), placedAt) : undefined,
    );
    const allowed = pending.filter((one) => one !== undefined);
    const settled = allowed.length > 0 ? await settle(allowed) : [];

    const results = new Map(settled.map((result, index) => [allowed[index], result]));
    return pending.map((one) => (one && results.get(one)) ?? forbidden);
  };
}

const forbidden: PlaceOrderResult = { kind: 'rejected', rejection: { kind: 'order-for-another-user' } };

function pendingOrder(command: PlaceOrderCommand, orderId: string, placedAt: Date): PendingOrder {
  const { principal, route, idempotencyKey, batch, userId, lines, traceparent, requestId } = command;
  return {
    identity: { principal: principal.subject, route, key: idempotencyKey },
    batch: batch && {
      identity: { principal: principal.subject, route: BATCH_ROUTE, key: batch.key },
      requestHash: batch.requestHash,
    },
    requestHash: requestHash([userId, lines.map(({ productId, quantity }) => [productId, quantity])]),
    orderId,
    placedAt,
    userId,
    lines,
    traceparent,
    author: { actor: principal.subject, requestId },
  };
}

/** A user who went away between the check and the commit is still an unknown user. */
function resultOf(error: unknown, pending: PendingOrder): PlaceOrderResult {
  return brokeConstraint(error, 'fk_orders_user_id')
    ? { kind: 'rejected', rejection: { kind: 'unknown-user', userId: pending.userId } }
    : { kind: 'failed', error };
}
