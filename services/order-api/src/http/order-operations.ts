import type { FastifyContextConfig } from 'fastify';
import { Type } from 'typebox';
import { closed, named, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { OrderView } from './order-answer.ts';

/** What the calls on single orders take and answer; `orders-routes.ts` says how. */

const NewOrder = named(
  'NewOrder',
  {
    user_id: Uuid,
    items: Type.Array(closed({ product_id: Uuid, quantity: Type.Integer({ minimum: 1, maximum: 1_000 }) }), {
      minItems: 1,
      maxItems: 100,
    }),
  },
  [
    {
      user_id: '0198c0de-0000-7000-8000-000000000001',
      items: [{ product_id: '0198c0de-0000-7000-8000-000000000101', quantity: 2 }],
    },
  ],
);

export const placeOrderOperation = {
  config: {
    takesIdempotencyKey: true,
    problems: [
      'insufficient-stock',
      'unknown-user',
      'unknown-product',
      'mixed-currencies',
      'total-too-large',
    ],
  } satisfies FastifyContextConfig,
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
