import { expect, inject, it } from 'vitest';
import { startOwnPostgres } from '../../../test/faults/own-postgres.ts';
import { until } from '../../../test/relay/bench.ts';
import '../../../test/servers/provided.ts';
import { serviceStarter } from '../../../test/servers/service-process.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';

/** The least that the relay takes; what has not come round for three leases and a pause of 1 s is stuck. */
const LEASE_MS = 1_000;
const STALL_LIMIT_MS = 4_000;

it('is not ready while its database hangs, and lives, for longer than anything of it may be stuck', async () => {
  await using folder = temporaryFolder();
  await using postgres = await startOwnPostgres();
  const { kafkaBrokers, redisUrl } = inject('servers');
  await using relay = await serviceStarter(folder.path)('outbox-relay', {
    DATABASE_URL: postgres.database.urlFor('waybill_relay'),
    KAFKA_BROKERS: kafkaBrokers.join(),
    REDIS_URL: redisUrl,
    RELAY_LEASE_MS: String(LEASE_MS),
    KAFKA_REQUEST_TIMEOUT_MS: String(LEASE_MS / 10),
  });
  const statusOf = async (path: string) => (await fetch(`${relay.url}/${path}`)).status;
  const health = async () => `livez ${await statusOf('livez')}, readyz ${await statusOf('readyz')}`;
  const healthy = 'livez 200, readyz 200';
  const waiting = 'livez 200, readyz 503';
  await until('it is ready', async () => (await health()) === healthy);

  const thaw = await postgres.freeze();
  try {
    await until('it is no longer ready', async () => (await health()) !== healthy);
    const since = performance.now();
    const seen = new Set<string>();
    await until('it has waited for long', async () => {
      seen.add(await health());
      return performance.now() - since > 2 * STALL_LIMIT_MS;
    });
    expect([...seen]).toEqual([waiting]);
    const metrics = await (await fetch(`${relay.url}/metrics`)).text();
    // So short a lease may lapse on a busy machine before a statement is given up.
    expect(metrics).toMatch(/^waybill_relay_sessions_ended_total\{class="(database|lease)"\} [1-9]/m);
  } finally {
    thaw();
  }
  await until('it is ready again', async () => (await health()) === healthy);
});
