import type { FastifyContextConfig } from 'fastify';
import { Type } from 'typebox';
import { closed, named, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { OrderView } from './order-answer.ts';
import { Problem } from './problems.ts';

/** What the calls on single orders take and answer; `orders-routes.ts` says how. */

const orderFields = {
  user_id: Uuid,
  items: Type.Array(closed({ product_id: Uuid, quantity: Type.Integer({ minimum: 1, maximum: 1_000 }) }), {
    minItems: 1,
    maxItems: 100,
  }),
};
const example = {
  user_id: '0198c0de-0000-7000-8000-000000000001',
  items: [{ product_id: '0198c0de-0000-7000-8000-000000000101', quantity: 2 }],
};
const NewOrder = named('NewOrder', orderFields, [example]);
export type NewOrder = Type.Static<typeof NewOrder>;

const NewOrderBatch = named(
  'NewOrderBatch',
  {
    orders: Type.Array(
      closed({
        ...orderFields,
        idempotency_key: Type.Optional(
          Type.String({
            pattern: '^[\\x21-\\x7e]{1,255}$',
            description:
              'The key that this order has when it is placed alone; without it, the batch’s key and its place in it.',
          }),
        ),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  },
  [{ orders: [{ ...example, idempotency_key: 'order-4711-first-try' }, example] }],
);

/** Status and body that POST /v1/orders would have answered. */
const BatchResults = named('BatchResults', {
  results: Type.Array(
    closed({
      status: Type.Integer({ examples: [201] }),
      replayed: Type.Optional(Type.Boolean({ description: 'with `order`: whether it was placed before' })),
      order: Type.Optional(OrderView),
      problem: Type.Optional(Problem),
    }),
    { description: 'one for each order, in their order: `order` where the status is 201, else `problem`' },
  ),
});

const placingProblems = [
  'insufficient-stock',
  'unknown-user',
  'unknown-product',
  'mixed-currencies',
  'total-too-large',
] as const;

export const placeOrderOperation = {
  config: { takesIdempotencyKey: 'for-the-whole', problems: placingProblems } satisfies FastifyContextConfig,
  schema: {
    operationId: 'placeOrder',
    summary: 'Place an order',
    tags: ['orders'],
    body: NewOrder,
    response: {
      201: answer('The order, as it was answered the first time', OrderView, [
        'etag',
        'location',
        'idempotent-replayed',
      ]),
    },
  },
};

/** Bytes: 100 orders of 100 items. */
const BATCH_BODY_LIMIT = 1_024 * 1_024;

/** What is wrong with one order is told in its result; a problem of the call is one of all orders. */
export const placeOrderBatchOperation = {
  bodyLimit: BATCH_BODY_LIMIT,
  config: { takesIdempotencyKey: 'for-the-whole' } satisfies FastifyContextConfig,
  schema: {
    operationId: 'placeOrderBatch',
    summary: 'Place up to 100 orders',
    description:
      'Each order is placed or refused by itself. Sent again with the same key, orders that were placed are answered again and the others are tried again.',
    tags: ['orders'],
    body: NewOrderBatch,
    response: { 207: answer('A status and an answer for each order', BatchResults) },
  },
};

export const cancelOrderOperation = {
  config: {
    takesIdempotencyKey: 'for-the-whole',
    takesIfMatch: true,
    problems: ['not-found', 'not-cancellable', 'stock-too-large'],
  } satisfies FastifyContextConfig,
  schema: {
    operationId: 'cancelOrder',
    summary: 'Cancel an order',
    tags: ['orders'],
    params: closed({ id: Uuid }),
    response: { 200: answer('The cancelled order', OrderView, ['etag', 'idempotent-replayed']) },
  },
};

export const readOrderOperation = {
  config: { problems: ['not-found'] } satisfies FastifyContextConfig,
  schema: {
    operationId: 'readOrder',
    summary: 'An order',
    tags: ['orders'],
    params: closed({ id: Uuid }),
    response: { 200: answer('The order', OrderView, ['etag']) },
  },
};
