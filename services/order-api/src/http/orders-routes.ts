import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { PlaceOrderResult } from '../use-cases/decide-orders.ts';
import type { PlaceOrders } from '../use-cases/place-orders.ts';
import type { ReadOrder } from '../use-cases/read-order.ts';
import { principalOf, requireScope } from './authentication.ts';
import { closed, Uuid } from './fields.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { entityTagOf, OrderView, orderView } from './order-answer.ts';
import { Problem, ProblemError } from './problems.ts';
import { problemReportOf, valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';
import { traceparentOf } from './trace-context.ts';

const NewOrder = closed({
  user_id: Uuid,
  items: Type.Array(closed({ product_id: Uuid, quantity: Type.Integer({ minimum: 1, maximum: 1_000 }) }), {
    minItems: 1,
    maxItems: 100,
  }),
});

export function ordersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly placeOrders: PlaceOrders;
  readonly readOrder: ReadOrder;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, placeOrders, readOrder } = dependencies;
  return async (app) => {
    app.post(
      '/v1/orders',
      {
        onRequest: requireScope(verifyToken, ['orders:write', 'orders:write:any']),
        config: { takesIdempotencyKey: true },
        schema: { body: NewOrder, response: { 201: OrderView, '4xx': Problem, '5xx': Problem } },
      },
      async (request, reply) => {
        const [result] = await placeOrders([
          {
            principal: principalOf(request),
            idempotencyKey: idempotencyKeyOf(request),
            userId: request.body.user_id.toLowerCase(),
            lines: request.body.items.map((item) => ({
              productId: item.product_id.toLowerCase(),
              quantity: item.quantity,
            })),
            traceparent: traceparentOf(request.headers.traceparent),
            requestId: request.id,
          },
        ]);
        return sendResult(reply, result);
      },
    );

    app.get(
      '/v1/orders/:id',
      {
        onRequest: requireScope(verifyToken, ['orders:read', 'orders:read:any']),
        schema: {
          params: closed({ id: Uuid }),
          response: { 200: OrderView, '4xx': Problem, '5xx': Problem },
        },
      },
      async (request, reply) => {
        const order = valueOf(await readOrder(request.params.id.toLowerCase(), principalOf(request)));
        return reply.header('etag', entityTagOf(order)).send(orderView(order));
      },
    );
  };
}

/** The stored text goes out as it is: no serializer stands between the first answer and its replay. */
function sendResult(reply: FastifyReply, result: PlaceOrderResult | undefined): FastifyReply {
  if (result?.kind === 'placed' || result?.kind === 'replayed') {
    const { status, headers, body } = result.answer;
    const marked = result.kind === 'replayed' ? { ...headers, 'idempotent-replayed': 'true' } : headers;
    return reply.code(status).headers(marked).send(body);
  }
  if (result?.kind === 'rejected') throw new ProblemError(problemReportOf(result.rejection));
  throw result?.error ?? new Error('an order got no result');
}
