import type { Pool } from 'pg';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { readTopBuyers, type TopBuyer } from '../persistence/top-buyers.sql.ts';

const Query = Type.Object(
  {
    limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$' })),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
  },
  { additionalProperties: false },
);

/** The query is not what this call takes. Fastify answers with the status. */
export class TopBuyersQueryError extends Error {
  readonly code = 'TOP_BUYERS_QUERY';
  readonly statusCode = 400;

  constructor() {
    super(
      'limit is a whole number from 1 to 100, currency three capital letters; there is nothing else to say',
    );
    this.name = 'TopBuyersQueryError';
  }
}

/**
 * GET /v1/buyers/top?limit=10&currency=EUR: who has spent most in one currency, as far as events have been applied.
 * Amounts in two currencies do not compare, so there is always one.
 *
 * @throws TopBuyersQueryError
 */
export async function topBuyers(pool: Pool, query: unknown): Promise<{ readonly data: readonly TopBuyer[] }> {
  if (!Value.Check(Query, query)) throw new TopBuyersQueryError();
  const { limit = '10', currency = 'EUR' } = query;
  return { data: await readTopBuyers(pool, currency, Number(limit)) };
}
