import { wait } from '@waybill/retry';
import { expect, test } from 'vitest';
import { freePort } from '../../../infra/local/index.ts';
import { freezePostgres } from '../../../test/servers/freeze-postgres.ts';
import '../../../test/servers/provided.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import { someOrders } from './orders.fixture.ts';
import { startServers } from './own-servers.fixture.ts';
import { ServiceProcess } from './service-process.fixture.ts';
import { publish } from './topics.fixture.ts';

/** Two minutes pass before the service says that it hangs, and nothing shortens them: that is how it is deployed. */
const limitMs = 240_000;

/** @throws Error after the limit */
async function livenessIs(service: ServiceProcess, wanted: number): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  while ((await service.liveness()) !== wanted) {
    if (limit.aborted) throw new Error(`/livez did not answer ${wanted} within ${limitMs} ms`);
    await wait(250, limit);
  }
}

test('given a transaction that nothing ends, /livez fails, and no longer once it has ended', async () => {
  await using folder = temporaryFolder();
  await using servers = await startServers(folder.path);
  const env = {
    DATABASE_URL: servers.urlFor('waybill_sales'),
    // As if nobody had set a limit: a database that hangs is what a limit is for.
    DATABASE_STATEMENT_TIMEOUT_MS: '3600000',
    DATABASE_QUERY_TIMEOUT_MS: '3600000',
    KAFKA_BROKERS: servers.brokers.join(','),
    WAYBILL_ENV: 'production',
  };
  await using service = new ServiceProcess(env, await freePort());
  await livenessIs(service, 200);
  const status = async () => JSON.stringify(await service.status());
  while (!(await status()).includes('"state":"consuming"')) await wait(100, AbortSignal.timeout(limitMs));
  const thaw = await freezePostgres(servers.postgres());
  try {
    await publish(
      servers.brokers,
      'order_placed',
      someOrders(10).map(({ placed }) => placed),
    );
    await livenessIs(service, 503);
    expect(service.isRunning).toBe(true);
  } finally {
    thaw();
  }
  await livenessIs(service, 200);
  service.signal('SIGTERM');
  expect(await service.exited()).toEqual([0, null]);
}, 600_000);
