import path from 'node:path';
import { expect, inject, it } from 'vitest';
import { freePort, startPostgres } from '../../../infra/local/index.ts';
import { bootstrapCluster } from '../../../infra/postgres/bootstrap.ts';
import { runMigrations } from '../../../infra/postgres/migrate.ts';
import { orderDatabase, salesDatabase } from '../../../infra/postgres/roles.ts';
import { freezePostgres } from '../../../test/servers/freeze-postgres.ts';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { openOrderApi } from './app.ts';
import { newId } from './testing/examples.ts';
import { groups, publicUrl, silent, tokenMint } from './testing/order-api.ts';
import { poolOf } from './testing/order-database.ts';

const POOL_SIZE = 2;

async function startDatabase(folder: string) {
  const options = { dataDir: path.join(folder, 'pg'), port: await freePort(), progress: () => undefined };
  const server = await startPostgres({ ...options, durability: 'process' });
  const urlFor = (role: string, database: string) =>
    server.url.replace(/\/\/.*@/, `//${role}:${role}@`).replace(/[^/]+$/, database);
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [orderDatabase('waybill'), salesDatabase('waybill_sales')],
  });
  await runMigrations({
    orders: urlFor('waybill_migrator', 'waybill'),
    sales: urlFor('waybill_migrator', 'waybill_sales'),
  });
  return { server, databaseUrl: urlFor('waybill_api', 'waybill') };
}

it('answers 503 while its database hangs, and goes on when it goes on', async () => {
  await using folder = temporaryFolder();
  const { server, databaseUrl } = await startDatabase(folder.path);
  await using _ = server;
  const mint = await tokenMint();
  await using api = await openOrderApi({
    databaseUrl,
    pool: poolOf(POOL_SIZE),
    statementTimeoutMs: 300,
    queryTimeoutMs: 400,
    redisUrl: inject('servers').redisUrl,
    publicUrl,
    ...mint,
    groups,
    logger: silent,
    signal: new AbortController().signal,
  });
  const authorization = `Bearer ${await mint.token()}`;
  const createUser = async (): Promise<number> => {
    const payload = { email: `${newId()}@example.com`, name: 'Ada' };
    return (await api.http.inject({ method: 'POST', url: '/v1/users', headers: { authorization }, payload }))
      .statusCode;
  };
  const all = (count: number) => Promise.all(Array.from({ length: count }, createUser));

  expect(await all(POOL_SIZE)).toEqual([201, 201]);
  const thaw = await freezePostgres(server);
  try {
    expect(await all(POOL_SIZE)).toEqual([503, 503]);
    expect(await api.databaseAnswers()).toBe(false);
  } finally {
    thaw();
  }
  // Each in a transaction of its own, on as many connections as there were.
  expect(await all(POOL_SIZE)).toEqual([201, 201]);
  expect(await all(3 * POOL_SIZE)).toEqual(Array.from({ length: 3 * POOL_SIZE }, () => 201));
}, 60_000);
