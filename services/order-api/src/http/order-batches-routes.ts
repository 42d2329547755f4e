import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Rejection } from '../domain/rejection.ts';
import type { PlaceOrderResult } from '../use-cases/decide-orders.ts';
import { requestHash } from '../use-cases/idempotency.ts';
import type { PlaceOrderCommand } from '../use-cases/place-orders.ts';
import type { SubmitOrders } from '../use-cases/submit-orders.ts';
import { requireScope } from './authentication.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { placeOrderBatchOperation } from './order-operations.ts';
import { askedBy, wantedBy, wishOf } from './orders-routes.ts';
import { reportFailure } from './problem-replies.ts';
import { ProblemError, problemOf } from './problems.ts';
import { problemReportOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

export function orderBatchesRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly submitOrders: SubmitOrders;
  readonly publicUrl: string;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, submitOrders, publicUrl } = dependencies;
  return async (app) => {
    app.post(
      '/v1/orders/batch',
      {
        onRequest: requireScope(verifyToken, ['orders:write', 'orders:write:any']),
        ...placeOrderBatchOperation,
      },
      async (request, reply) => {
        const batchKey = idempotencyKeyOf(request);
        const asked = askedBy(request);
        const orders = request.body.orders.map((order, index) => ({
          ...wishOf(order),
          ...identityOf(order.idempotency_key, batchKey, index),
        }));
        const batch = { key: batchKey, requestHash: requestHash(orders) };
        const commands = orders.map((order) => ({ ...asked, ...order, batch }));
        const results = await submitOrders(commands, wantedBy(reply));
        refuseWhole(results, request);
        const parts = results.map((result) => partOf(result, request, publicUrl));
        return sendParts(reply, parts);
      },
    );
  };
}

/**
 * With a key of its own, an order is the same one whether it comes in a batch or alone. Without, it is known by the
 * batch's key and its place, with a space between them: no client's key has one, so none is taken for a place.
 */
function identityOf(
  ownKey: string | undefined,
  batchKey: string,
  index: number,
): Pick<PlaceOrderCommand, 'route' | 'idempotencyKey'> {
  return ownKey === undefined
    ? { route: 'POST /v1/orders/batch', idempotencyKey: `${batchKey} ${index}` }
    : { route: 'POST /v1/orders', idempotencyKey: ownKey };
}

/** What went wrong with all orders alike is an answer to the call: its key, turned away, the database away. */
function refuseWhole(results: readonly PlaceOrderResult[], request: FastifyRequest): void {
  const [first] = results;
  if (first?.kind === 'failed' && results.every(({ kind }) => kind === 'failed')) {
    throw new ProblemError(reportFailure(first.error, request));
  }
  const rejections = results.flatMap((result) => (result.kind === 'rejected' ? [result.rejection] : []));
  const [ofAll] = rejections.filter(({ kind }) => ofTheCall.has(kind));
  // A batch that lost its key half-way, to the same batch sent again, has orders to tell of.
  const hasOrders = results.some(({ kind }) => kind === 'placed' || kind === 'replayed');
  if (ofAll && !hasOrders) throw new ProblemError(problemReportOf(ofAll));
}

const ofTheCall: ReadonlySet<string> = new Set<Rejection['kind']>([
  'too-busy',
  'client-gone',
  'batch-key-reused',
  'batch-in-progress',
]);

function sendParts(reply: FastifyReply, parts: readonly string[]): FastifyReply {
  return reply
    .code(207)
    .type('application/json; charset=utf-8')
    .send(`{"results":[${parts.join(',')}]}`);
}

/** One result as JSON text: stored answers go out as they were stored. */
function partOf(result: PlaceOrderResult, request: FastifyRequest, publicUrl: string): string {
  if (result.kind === 'placed' || result.kind === 'replayed') {
    const { status, body } = result.answer;
    return `{"status":${status},"replayed":${result.kind === 'replayed'},"order":${body}}`;
  }
  const report =
    result.kind === 'rejected' ? problemReportOf(result.rejection) : reportFailure(result.error, request);
  const problem = problemOf(report, publicUrl, request.id);
  return JSON.stringify({ status: problem.status, problem });
}
