import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CancelOrder, CancelOrderResult } from '../use-cases/cancel-order.ts';
import type { PlaceOrderResult } from '../use-cases/decide-orders.ts';
import type { ReadOrder } from '../use-cases/read-order.ts';
import type { SubmitOrders } from '../use-cases/submit-orders.ts';
import { principalOf, requireScope } from './authentication.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { expectedVersionOf } from './if-match.ts';
import { entityTagOf, orderView } from './order-answer.ts';
import {
  cancelOrderOperation,
  type NewOrder,
  placeOrderOperation,
  readOrderOperation,
} from './order-operations.ts';
import { reportFailure } from './problem-replies.ts';
import { ProblemError } from './problems.ts';
import { problemReportOf, valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';
import { traceparentOf } from './trace-context.ts';

export function ordersRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly submitOrders: SubmitOrders;
  readonly cancelOrder: CancelOrder;
  readonly readOrder: ReadOrder;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, submitOrders, cancelOrder, readOrder } = dependencies;
  const mayWrite = requireScope(verifyToken, ['orders:write', 'orders:write:any']);
  return async (app) => {
    app.post('/v1/orders', { onRequest: mayWrite, ...placeOrderOperation }, async (request, reply) => {
      const command = {
        ...askedBy(request),
        ...wishOf(request.body),
        route: 'POST /v1/orders',
        idempotencyKey: idempotencyKeyOf(request),
      } as const;
      const [result] = await submitOrders([command], wantedBy(reply));
      return sendResult(reply, result);
    });

    app.post(
      '/v1/orders/:id/cancel',
      { onRequest: mayWrite, ...cancelOrderOperation },
      async (request, reply) => {
        const result = await cancelOrder({
          ...askedBy(request),
          idempotencyKey: idempotencyKeyOf(request),
          orderId: request.params.id.toLowerCase(),
          expected: expectedVersionOf(request),
        });
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

/** Who asks, for the use case, its event and the audit log. */
export function askedBy(request: FastifyRequest) {
  return {
    principal: principalOf(request),
    traceparent: traceparentOf(request.headers.traceparent),
    requestId: request.id,
  };
}

/** Whether there is still somebody to answer: not after they went away, or were answered at the end of the drain. */
export function wantedBy(reply: FastifyReply): () => boolean {
  return () => !reply.raw.destroyed && !reply.sent;
}

export function wishOf({ user_id: userId, items }: NewOrder) {
  return {
    userId: userId.toLowerCase(),
    lines: items.map(({ product_id: productId, quantity }) => ({
      productId: productId.toLowerCase(),
      quantity,
    })),
  };
}

/** The stored text goes out as it is: no serializer stands between the first answer and its replay. */
function sendResult(
  reply: FastifyReply,
  result: PlaceOrderResult | CancelOrderResult | undefined,
): FastifyReply {
  switch (result?.kind) {
    case 'placed':
    case 'cancelled':
      return reply.code(result.answer.status).headers(result.answer.headers).send(result.answer.body);
    case 'replayed':
      return reply
        .code(result.answer.status)
        .headers({ ...result.answer.headers, 'idempotent-replayed': 'true' })
        .send(result.answer.body);
    case 'rejected':
      throw new ProblemError(problemReportOf(result.rejection));
    case 'failed':
      throw new ProblemError(reportFailure(result.error, reply.request));
    case undefined:
      throw new Error('an order got no result');
  }
}
