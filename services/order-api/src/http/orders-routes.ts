import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import type { PlaceOrderResult } from '../use-cases/decide-orders.ts';
import type { ReadOrder } from '../use-cases/read-order.ts';
import type { SubmitOrders } from '../use-cases/submit-orders.ts';
import { principalOf, requireScope } from './authentication.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { entityTagOf, orderView } from './order-answer.ts';
import { placeOrderOperation, readOrderOperation } from './order-operations.ts';
import { ProblemError } from './problems.ts';
import { problemReportOf, valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';
import { traceparentOf } from './trace-context.ts';

export function ordersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly submitOrders: SubmitOrders;
  readonly readOrder: ReadOrder;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, submitOrders, readOrder } = dependencies;
  return async (app) => {
    app.post(
      '/v1/orders',
      {
        onRequest: requireScope(verifyToken, ['orders:write', 'orders:write:any']),
        ...placeOrderOperation,
      },
      async (request, reply) => {
        const command = {
          principal: principalOf(request),
          idempotencyKey: idempotencyKeyOf(request),
          userId: request.body.user_id.toLowerCase(),
          lines: request.body.items.map((item) => ({
            productId: item.product_id.toLowerCase(),
            quantity: item.quantity,
          })),
          traceparent: traceparentOf(request.headers.traceparent),
          requestId: request.id,
        };
        const [result] = await submitOrders([command], () => !reply.raw.destroyed);
        return sendResult(reply, result);
      },
    );

    app.get(
      '/v1/orders/:id',
      {
        onRequest: requireScope(verifyToken, ['orders:read', 'orders:read:any']),
        ...readOrderOperation,
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
