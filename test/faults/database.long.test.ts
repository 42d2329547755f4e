import { setTimeout as delay } from 'node:timers/promises';
import { defaultRelaySettings, type RelayEvent } from '@waybill/outbox/relay';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type RelayBench, relayBenchOn, type RunningRelay, until } from '../relay/bench.ts';
import { BatchesAtRisk } from '../stress/batches-at-risk.ts';
import { telling } from '../stress/telling-publisher.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';
import { startTraffic } from './traffic.ts';
import { settled, unsettled, verdictWithRisks } from './verdict.ts';

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

/** How soon after its database is back the relay has to publish again by itself, in ms. */
const RECOVERS_WITHIN_MS = 5_000;

/** The slowest beside all others, in the order in which they came. */
function inMs(times: readonly number[]): string {
  return `${times.map((ms) => ms.toFixed(0)).join(', ')} ms`;
}

/** Time in ms from now, when PostgreSQL answers again, until the relay commits progress for what it publishes. */
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

/** The id of the newest progress of a batch; the pool's own connections may have been cut too. */
async function newestProgress({ admin }: RelayBench): Promise<number> {
  for (;;) {
    try {
      const { rows } = await admin.query<{ id: string }>(
        'select coalesce(max(id), 0)::text as id from outbox_progress where base_offset is not null',
      );
      return Number(rows[0]?.id);
    } catch {
      await delay(20); // that connection was one of those that were cut
    }
  }
}

/** Even the connection that this is asked over may be gone already. */
async function cutEveryConnection({ admin }: RelayBench): Promise<void> {
  await admin
    .query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    )
    .catch(() => undefined);
}

interface CountedRelay {
  readonly running: RunningRelay;
  readonly sessionEnds: () => number;
  /** By the sessions that have ended so far. */
  readonly atRisk: () => BatchesAtRisk;
}

function countedRelay(relays: RelayBench): CountedRelay {
  const atRisk = new BatchesAtRisk(defaultRelaySettings.limits.rows);
  let running: RunningRelay | undefined;
  const count = (...types: RelayEvent['type'][]) =>
    running?.events.filter(({ type }) => types.includes(type)).length ?? 0;
  let known = 0;
  /** Of a session that has ended nothing is sent any more: it is early enough when the next one sends. */
  const hearOfEnds = () => {
    // Of sessions that end in a row only the first end is told, and each begin.
    const told = count('session-ended', 'session-back');
    if (told > known) atRisk.hear({ kind: 'over' });
    known = told;
    return atRisk;
  };
  running = relays.startRelay({
    through: (publisher) => telling(publisher, (line) => hearOfEnds().hear(line)),
  });
  return { running, sessionEnds: () => count('session-ended'), atRisk: hearOfEnds };
}

it.each([
  ['restarted (fast shutdown)', 'SIGINT'],
  ['killed', 'SIGKILL'],
] as const)('goes on by itself when PostgreSQL was %s', async (what, how) => {
  await using relays = await bench();
  const { atRisk, sessionEnds } = countedRelay(relays);
  await using traffic = startTraffic({ bench: relays, keys: KEYS, everyMs: 20 });
  const times: number[] = [];
  for (let round = 1; round <= 5; round += 1) {
    const before = traffic.committed;
    await until('the traffic flows', () => traffic.committed > before + 10 * KEYS, 60_000);
    await postgres.end(how);
    await postgres.start();
    const took = await msUntilPublished(relays);
    console.log(
      `PostgreSQL ${what}, round ${round}: published again ${took.toFixed(0)} ms after it was back`,
    );
    times.push(took);
  }
  expect(Math.max(...times), `published again after ${inMs(times)}`).toBeLessThan(RECOVERS_WITHIN_MS);
  await traffic.stop();
  await settled(relays);
  const { broken, duplicates } = await verdictWithRisks(relays, [atRisk()]);
  expect(broken).toEqual([]);
  console.log(
    `PostgreSQL ${what}: ${traffic.committed} events, ${duplicates} of them twice, ${atRisk().events} allowed`,
  );
  expect(sessionEnds()).toBeGreaterThanOrEqual(5);
});

it('goes on by itself when every connection is cut again and again', async () => {
  await using relays = await bench();
  const { atRisk, sessionEnds } = countedRelay(relays);
  await using traffic = startTraffic({ bench: relays, keys: KEYS, everyMs: 10 });
  const cuts = 20;
  const times: number[] = [];
  for (let cut = 0; cut < cuts; cut += 1) {
    const before = traffic.committed;
    await until('the traffic flows', () => traffic.committed > before + 2 * KEYS, 60_000);
    const ended = sessionEnds();
    // Between two statements a cut costs a session nothing: the next one takes another connection.
    await until('the cut ends a session', async () => {
      await cutEveryConnection(relays);
      return sessionEnds() > ended;
    });
    const newest = await newestProgress(relays);
    const from = performance.now();
    await until('progress is committed again', async () => (await newestProgress(relays)) > newest, 60_000);
    times.push(performance.now() - from);
  }
  expect(Math.max(...times), `progress again after ${inMs(times)}`).toBeLessThan(RECOVERS_WITHIN_MS);
  await traffic.stop();
  await settled(relays);
  const { broken, duplicates } = await verdictWithRisks(relays, [atRisk()]);
  expect(broken).toEqual([]);
  console.log(
    `${cuts} cuts of every connection: ${traffic.committed} events, ${duplicates} of them twice, ${atRisk().events} allowed, ${sessionEnds()} sessions ended; progress again after ${inMs(times)}`,
  );
  expect(sessionEnds()).toBeGreaterThanOrEqual(cuts);
  expect(await unsettled(relays)).toBe(0);
});
