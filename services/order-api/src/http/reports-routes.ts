import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Reports } from '../use-cases/reports.ts';
import { requireScope } from './authentication.ts';
import { closed, CurrencyCode, Email, Limit, named, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import type { VerifyToken } from './token-verifier.ts';

const BuyerView = named('Buyer', {
  id: Uuid,
  email: Email,
  currency: CurrencyCode,
  spent: Type.String({ pattern: '^[0-9]+\\.[0-9]{2}$', examples: ['125.40'] }),
});

export function reportsRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly reports: Reports;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, reports } = dependencies;
  return async (app) => {
    app.get(
      '/v1/reports/top-buyers',
      {
        onRequest: requireScope(verifyToken, ['reports:read']),
        schema: {
          operationId: 'reportTopBuyers',
          summary: 'Those who have spent most, per currency',
          description:
            'May be read from a replica, which shows orders a moment late. Cancelled orders do not count.',
          tags: ['reports'],
          querystring: closed({ limit: Limit }),
          response: { 200: answer('Buyers, most spent first', Type.Array(BuyerView)) },
        },
      },
      async (request) => [...(await reports.topBuyers(request.query.limit))],
    );
  };
}
