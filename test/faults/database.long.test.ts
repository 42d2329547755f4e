import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type RelayBench, relayBenchOn, type RunningRelay, until } from '../relay/bench.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';
import { startTraffic } from './traffic.ts';
import { settled, unsettled, verdictOn } from './verdict.ts';

const PARTITIONS = 4;
const KEYS = 40;

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await startOwnPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

async function bench(): Promise<RelayBench> {
  const made = await relayBenchOn(
    { database: postgres.database, brokers: inject('servers').kafkaBrokers, replicas: 1 },
    PARTITIONS,
  );
  // The pool of the test lives through the same faults as the relay's.
  made.admin.on('error', () => undefined);
  await made.admin.query('truncate outbox');
  return made;
}

/** Time in ms from now until the relay publishes what is committed from now on. */
async function msUntilPublished({ admin, topic }: RelayBench): Promise<number> {
  const started = performance.now();
  await until(
    'an event that was committed after the fault is published',
    async () => {
      const { rows } = await admin.query<{ is: boolean }>(
        `select exists (
           select from outbox_progress p join outbox_lane l using (lane)
           where l.topic = $1 and p.published_at > pg_postmaster_start_time() and p.base_offset is not null
         ) as is`,
        [topic],
      );
      return rows[0]?.is === true;
    },
    60_000,
  );
  return performance.now() - started;
}

function sessionEnds({ events }: RunningRelay): number {
  return events.filter(({ type }) => type === 'session-ended').length;
}

it.each([
  ['restarted (fast shutdown)', 'SIGINT'],
  ['killed', 'SIGKILL'],
] as const)('goes on by itself when PostgreSQL was %s', async (what, how) => {
  await using relays = await bench();
  const running = relays.startRelay();
  await using traffic = startTraffic({ bench: relays, keys: KEYS, everyMs: 20 });
  for (let round = 1; round <= 3; round += 1) {
    const before = traffic.committed;
    await until('the traffic flows', () => traffic.committed > before + 10 * KEYS, 60_000);
    await postgres.end(how);
    await postgres.start();
    const took = await msUntilPublished(relays);
    console.log(
      `PostgreSQL ${what}, round ${round}: published again ${took.toFixed(0)} ms after it was back`,
    );
    expect(took).toBeLessThan(15_000);
  }
  await traffic.stop();
  await settled(relays);
  const { broken, duplicates } = await verdictOn(relays);
  expect(broken).toEqual([]);
  console.log(`PostgreSQL ${what}: ${traffic.committed} events, ${duplicates} of them twice`);
  expect(sessionEnds(running)).toBeGreaterThanOrEqual(3);
});

it('goes on by itself when every connection is cut again and again', async () => {
  await using relays = await bench();
  const running = relays.startRelay();
  await using traffic = startTraffic({ bench: relays, keys: KEYS, everyMs: 10 });
  const cuts = 20;
  for (let cut = 0; cut < cuts; cut += 1) {
    const before = traffic.committed;
    await until('the traffic flows', () => traffic.committed > before + 2 * KEYS, 60_000);
    await relays.admin
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
  }
  await traffic.stop();
  await settled(relays);
  const { broken, duplicates } = await verdictOn(relays);
  expect(broken).toEqual([]);
  console.log(`${cuts} cuts of every connection: ${traffic.committed} events, ${duplicates} of them twice`);
  expect(sessionEnds(running)).toBeGreaterThanOrEqual(1);
  expect(await unsettled(relays)).toBe(0);
});
