import { randomUUIDv7 } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { encodeOrderCancelled, encodeOrderPlaced } from '@waybill/contracts';
import { createInsertOfEvents, type LaneDirectory, readLanes } from '@waybill/outbox';
import { retryable } from '@waybill/retry';
import type { FastifyInstance } from 'fastify';
import type { JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { orderCancelledData, orderPlacedData } from './domain/order-events.ts';
import { redisDoorbell } from './doorbell.ts';
import { endOfDrain } from './end-of-drain.ts';
import { buildHttpApp } from './http/http-app.ts';
import { cancelledAnswer, placedAnswer } from './http/order-answer.ts';
import { adjustedAnswer } from './http/stock-routes.ts';
import { rememberedVerdicts } from './http/remembered-verdicts.ts';
import { type Protection, unprotected } from './http/protection/protection.ts';
import { tokenVerifier, type VerifyToken } from './http/token-verifier.ts';
import { type Observability, unobserved } from './observability/observability.ts';
import { openOrderOrm, type OrderOrmSettings } from './persistence/orm.ts';
import { ormReports } from './persistence/orm-reports.ts';
import { storageErrorOf } from './persistence/sql-state.ts';
import { takesWrites } from './persistence/takes-writes.sql.ts';
import { ormTransactions } from './persistence/transactions.ts';
import { type CancelPresentation, cancelOrderUseCase } from './use-cases/cancel-order.ts';
import { adjustStockUseCase } from './use-cases/adjust-stock.ts';
import { createProductUseCase } from './use-cases/create-product.ts';
import { createUserUseCase } from './use-cases/create-user.ts';
import { listProductsUseCase } from './use-cases/list-products.ts';
import { listUsersUseCase, readUserUseCase } from './use-cases/list-users.ts';
import { listUserOrdersUseCase } from './use-cases/list-user-orders.ts';
import type { OrderPresentation } from './use-cases/place-order-batch.ts';
import { type OnFailed, placeOrdersUseCase } from './use-cases/place-orders.ts';
import { readOrderEventsUseCase } from './use-cases/read-order-events.ts';
import type { Reports } from './use-cases/reports.ts';
import { upsertUserUseCase } from './use-cases/upsert-user.ts';
import { readOrderUseCase } from './use-cases/read-order.ts';
import type { GroupLimits } from './use-cases/group-queue.ts';
import { isUnavailable } from './use-cases/storage-error.ts';
import { orderQueue, submitOrdersUseCase } from './use-cases/submit-orders.ts';
import type { Transactions } from './use-cases/unit-of-work.ts';

export interface OrderApiOptions extends OrderOrmSettings {
  readonly redisUrl: string;
  readonly publicUrl: string;
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  readonly observability?: Observability;
  /** Where reports are read, by a pool of its own; when left out, the order database with the same settings. */
  readonly reportDatabase?: OrderOrmSettings;
  readonly protection?: Protection;
  /** How orders that arrive together share a unit of work. */
  readonly groups: GroupLimits;
  readonly logger: Logger;
  /** Ends the waiting for a database that is away. */
  readonly signal: AbortSignal;
}

export interface OrderApi extends AsyncDisposable {
  /** Ready to listen, not listening. */
  readonly http: FastifyInstance;
  /** That it takes writes: a standby is no use to who orders. Never rejects. */
  databaseAnswers(): Promise<boolean>;
}

/** The whole service but its process: opens what it needs, waits for the database, listens to nothing. */
export async function openOrderApi(options: OrderApiOptions): Promise<OrderApi> {
  const { redisUrl, publicUrl, keys, issuer, audience, groups, logger, signal } = options;
  const observability = options.observability ?? unobserved;
  await using stack = new AsyncDisposableStack();
  const orm = await openOrderOrm(options, (pool) => observability.watchPool('orders', pool));
  stack.defer(() => orm.close(true));
  const reportOrm = await openOrderOrm(options.reportDatabase ?? options, (pool) =>
    observability.watchPool('reports', pool),
  );
  stack.defer(() => reportOrm.close(true));
  const lanes = await lanesOnceReachable(orm, logger, signal);
  const doorbell = redisDoorbell(redisUrl, logger, Math.random);
  stack.defer(() => doorbell.close());

  const http = await composeHttpApp({
    transactions: observability.traced(
      ormTransactions(orm, createInsertOfEvents(lanes), (events) =>
        doorbell.ring(events.map(({ topic, key }) => lanes.laneOf(topic, key))),
      ),
    ),
    reports: ormReports(reportOrm),
    verifyToken: rememberedVerdicts(tokenVerifier({ keys, issuer, audience }), Date.now),
    publicUrl,
    groups,
    observability,
    ...(options.protection && { protection: options.protection }),
    logger,
    signal,
  });
  stack.defer(() => http.close());
  const opened = stack.move();
  return {
    http,
    databaseAnswers: () => takesWrites(orm.em.fork()).catch(() => false),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export interface HttpAppOptions {
  readonly transactions: Transactions;
  readonly reports: Reports;
  readonly verifyToken: VerifyToken;
  readonly publicUrl: string;
  readonly groups: GroupLimits;
  readonly observability?: Observability;
  readonly protection?: Protection;
  readonly logger: Logger;
  /** The stop: what runs may go on until the drain ends. */
  readonly signal: AbortSignal;
}

/** Use cases and routes on a storage; opens nothing. */
export async function composeHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const { transactions, publicUrl, groups, signal } = options;
  const observability = options.observability ?? unobserved;
  const protection = options.protection ?? unprotected;
  const [now, newId] = [() => new Date(), () => randomUUIDv7()];
  const writing = {
    transactions,
    now,
    random: Math.random,
    onRepeat: observability.repeats,
    signal: endOfDrain(signal, protection.timeouts.drainMs),
  };
  return buildHttpApp({
    ...options,
    instruments: observability.instruments,
    protection,
    createUser: createUserUseCase({ transactions, now, newId }),
    createProduct: createProductUseCase({ transactions, newId }),
    listProducts: listProductsUseCase(transactions),
    submitOrders: submitOrdersUseCase(
      orderQueue(
        groups,
        placeOrdersUseCase({
          ...writing,
          presentation: orderPresentation(publicUrl),
          newId,
          onFailed: logFailedOrders(options.logger),
        }),
        observability.groups,
      ),
    ),
    cancelOrder: cancelOrderUseCase({ ...writing, presentation: cancelPresentation(publicUrl) }),
    readOrder: readOrderUseCase(transactions),
    listUserOrders: listUserOrdersUseCase(transactions),
    upsertUser: upsertUserUseCase({ transactions, now, newId }),
    readUser: readUserUseCase(transactions),
    listUsers: listUsersUseCase(transactions),
    adjustStock: adjustStockUseCase({ ...writing, presentation: adjustedAnswer }),
    readOrderEvents: readOrderEventsUseCase(transactions),
  });
}

/** One line for all orders of a failed unit of work: a database that is away fails them by the hundred. */
function logFailedOrders(logger: Logger): OnFailed {
  return (err, orders) => {
    const requests = new Set(orders.map(({ requestId }) => requestId));
    logger.error({ err, orders: orders.length, requests: [...requests] }, 'orders failed');
  };
}

/** How an order is answered and published. */
export function orderPresentation(publicUrl: string): OrderPresentation {
  return {
    answer: placedAnswer,
    event: ({ order, products, traceparent }) =>
      encodeOrderPlaced({
        data: orderPlacedData(order, products),
        time: order.placedAt,
        traceparent,
        publicUrl,
      }),
  };
}

/** How a cancellation is answered and published. */
export function cancelPresentation(publicUrl: string): CancelPresentation {
  return {
    answer: cancelledAnswer,
    event: ({ order, cancelledAt, traceparent }) =>
      encodeOrderCancelled({
        data: orderCancelledData(order, cancelledAt),
        time: cancelledAt,
        traceparent,
        publicUrl,
      }),
  };
}

/** Without the lanes no order can be written, so the service starts when the database does. Says so once. */
async function lanesOnceReachable(
  orm: MikroORM,
  logger: Logger,
  signal: AbortSignal,
): Promise<LaneDirectory> {
  const policy = {
    attempts: Number.POSITIVE_INFINITY,
    baseMs: 100,
    capMs: 2_000,
    isRetryable: (error: unknown) => isUnavailable(storageErrorOf(error)),
    random: Math.random,
    onRetry: (err: unknown, attempt: number) => {
      if (attempt === 1) logger.warn({ err }, 'the database does not answer yet');
    },
  };
  return retryable(() => readLanes(orm.em.fork()), policy, signal);
}
