import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { StockLevel } from '../domain/stock.ts';
import type { AdjustStock } from '../use-cases/adjust-stock.ts';
import type { GivenAnswer } from '../use-cases/once-under-key.ts';
import type { StoredAnswer } from '../use-cases/idempotency.ts';
import { authorOf, requireScope } from './authentication.ts';
import { closed, named, Uuid } from './fields.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { answer } from './openapi/answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const StockAdjustments = named(
  'StockAdjustments',
  {
    adjustments: Type.Array(
      closed({
        product_id: Uuid,
        delta: Type.Integer({
          minimum: -1_000_000_000,
          maximum: 1_000_000_000,
          description: 'added to the stock; negative for what went out by another way than an order',
        }),
      }),
      { minItems: 1, maxItems: 1_000, description: 'each of another product; all are carried out or none' },
    ),
  },
  [{ adjustments: [{ product_id: '0198c0de-0000-7000-8000-000000000101', delta: 40 }] }],
);
const StockLevels = named('StockLevels', {
  data: Type.Array(
    closed({ product_id: Uuid, stock: Type.Integer({ minimum: 0 }), version: Type.Integer({ minimum: 1 }) }),
  ),
});

export function stockRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly adjustStock: AdjustStock;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, adjustStock } = dependencies;
  return async (app) => {
    app.post(
      '/v1/products/stock-adjustments',
      {
        onRequest: requireScope(verifyToken, ['catalog:write']),
        config: {
          takesIdempotencyKey: 'for-the-whole',
          problems: ['unknown-product', 'insufficient-stock', 'stock-too-large'],
        },
        schema: {
          operationId: 'adjustStock',
          summary: 'Add to or take from the stock of many products at once',
          tags: ['products'],
          body: StockAdjustments,
          response: {
            200: answer('What is in stock now, as it was answered the first time', StockLevels, [
              'idempotent-replayed',
            ]),
          },
        },
      },
      async (request, reply) => {
        const given = valueOf(
          await adjustStock({
            author: authorOf(request),
            idempotencyKey: idempotencyKeyOf(request),
            adjustments: request.body.adjustments.map(({ product_id, delta }) => ({
              productId: product_id.toLowerCase(),
              delta,
            })),
          }),
        );
        return sendStored(reply, given);
      },
    );
  };
}

/** The stored text goes out as it is: no serializer stands between the first answer and its replay. */
function sendStored(
  reply: FastifyReply,
  { kind, answer: { status, headers, body } }: GivenAnswer,
): FastifyReply {
  const marked = kind === 'replayed' ? { ...headers, 'idempotent-replayed': 'true' } : headers;
  return reply.code(status).headers(marked).send(body);
}

/** As it is stored: a replay is this text again. */
export function adjustedAnswer(levels: readonly StockLevel[]): StoredAnswer {
  const data = levels.map(({ productId, stock, version }) => ({ product_id: productId, stock, version }));
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ data }),
  };
}
