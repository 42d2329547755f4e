import { expect, inject, it, vi } from 'vitest';
import { startOwnPostgres } from '../../../test/faults/own-postgres.ts';
import '../../../test/servers/provided.ts';
import { openOrderApi } from './app.ts';
import { readinessOf } from './readiness.ts';
import { newId } from './testing/examples.ts';
import { groups, publicUrl, silent, tokenMint } from './testing/order-api.ts';
import { poolOf } from './testing/order-database.ts';

const limit = { timeout: 10_000, interval: 50 };

it.each(['SIGINT', 'SIGKILL'] as const)(
  'is not ready while its database is gone (%s), and is again by itself',
  async (how) => {
    await using postgres = await startOwnPostgres();
    const mint = await tokenMint();
    const { signal } = new AbortController();
    await using api = await openOrderApi({
      databaseUrl: postgres.database.urlFor('waybill_api'),
      pool: poolOf(4, { min: 4 }),
      statementTimeoutMs: 5_000,
      queryTimeoutMs: 10_000,
      redisUrl: inject('servers').redisUrl,
      publicUrl,
      ...mint,
      groups,
      logger: silent,
      signal,
    });
    const authorization = `Bearer ${await mint.token()}`;
    const register = async () => {
      const payload = { email: `${newId()}@example.com`, name: 'Ada' };
      return (
        await api.http.inject({ method: 'POST', url: '/v1/users', headers: { authorization }, payload })
      ).statusCode;
    };
    const registerAtOnce = () => Promise.all([1, 2, 3, 4].map(register));
    expect(await registerAtOnce()).toEqual([201, 201, 201, 201]);
    expect(await readinessOf(api, signal)).toEqual({ status: 'ok' });

    await postgres.end(how);
    await vi.waitFor(
      async () => expect(await readinessOf(api, signal)).toMatchObject({ status: 'unavailable' }),
      limit,
    );
    expect(await register()).toBe(503);

    await postgres.start();
    await vi.waitFor(async () => expect(await readinessOf(api, signal)).toEqual({ status: 'ok' }), limit);
    expect(await registerAtOnce()).toEqual([201, 201, 201, 201]);
  },
  60_000,
);
