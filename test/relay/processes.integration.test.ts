import { setTimeout as delay } from 'node:timers/promises';
import { defaultRelaySettings } from '@waybill/outbox/relay';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { LocalServer } from '../../infra/local/index.ts';
import { countDuplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { verdictOn } from '../faults/verdict.ts';
import { type ProxiedKafka, startProxiedKafka } from '../faults/proxied-kafka.ts';
import type { ProxyMode, TcpProxy } from '../faults/tcp-proxy.ts';
import { relayStatus } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';
import { relayStarter } from './relay-starter.ts';

const PARTITIONS = 8;
/** A send waits half as long for its answer: time enough to see that there is none, and to stop or kill its relay. */
const LEASE_MS = 10_000;
/**
 * When the last lane of a dead relay has moved, in ms after the end of its lease: a heartbeat begins one interval after the
 * end of the one before, and then renews, looks around, takes the lanes and loads them. Half a second is for these four
 * statements and for a timer that is late on a busy machine; waiting for one more heartbeat would take twice as long.
 */
const MOVED_WITHIN_MS = defaultRelaySettings.heartbeatMs + 500;
const ONE_BATCH = defaultRelaySettings.limits.rows;
const KEYS = 400;
/** For each lane more than a batch: who would repeat more than one finds more. */
const BACKLOG_KEYS = 4_800;

let kafka: ProxiedKafka;
beforeAll(async () => {
  kafka = await startProxiedKafka();
}, 120_000);
afterEach(() => kafka.proxy.setMode({ kind: 'pass' }));
afterAll(() => kafka[Symbol.asyncDispose]());

function events(version: number, keys = KEYS) {
  return Array.from({ length: keys }, (_, index) => ({ key: `k${index}`, version }));
}

async function owns(relay: LocalServer, lanes: number): Promise<void> {
  await until(
    `the relay owns ${lanes} lanes`,
    async () => (await relayStatus(relay)).lanes === lanes,
    30_000,
  );
}

async function allPublished(bench: RelayBench): Promise<void> {
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0, 20_000);
}

/** Its connections to Kafka: it has published version 1 of every key, and nobody else is connected. */
async function connectionsOfOnly(relay: LocalServer, bench: RelayBench): Promise<TcpProxy['connections']> {
  await owns(relay, PARTITIONS);
  await plant(bench.admin, bench.topic, PARTITIONS, events(1, BACKLOG_KEYS));
  await allPublished(bench);
  return kafka.proxy.connections;
}

/** Resolves when the broker has written a full batch of each of the relay's lanes, and the relay has no answer. */
async function isUnanswered(relay: LocalServer, lanes: number): Promise<void> {
  await until('a batch of each lane is written and unanswered', () => kafka.proxy.heldAnswers === lanes);
  expect(await relayStatus(relay)).toEqual({ lanes, eventsInFlight: lanes * ONE_BATCH });
}

/** How many times one batch: of each lane in which something was repeated. */
function batches(lanes: number): number[] {
  return Array.from({ length: lanes }, () => ONE_BATCH);
}

/** Lanes by their owner's id. */
async function lanesByOwner({ admin }: RelayBench): Promise<Map<string, number[]>> {
  const { rows } = await admin.query<{ owner: string; lanes: number[] }>(
    `select owner::text as owner, array_agg(lane::int order by lane) as lanes
     from outbox_lane where owner is not null group by owner`,
  );
  return new Map(rows.map(({ owner, lanes }) => [owner, lanes]));
}

/** When the first and the last of these lanes were granted, in ms after the end of a dead relay's lease. */
async function grantsAfterLease(
  { admin }: RelayBench,
  dead: string,
  lanes: readonly number[],
): Promise<{ readonly firstMs: number; readonly lastMs: number }> {
  // A grant writes to its lane's row, and nothing else does in this test: the row's commit is the grant's.
  const { rows } = await admin.query<{ firstMs: number; lastMs: number }>(
    `select min(after_ms) as "firstMs", max(after_ms) as "lastMs" from (
       select extract(epoch from pg_xact_commit_timestamp(l.xmin) - r.lease_until)::float8 * 1000 as after_ms
       from outbox_lane l join outbox_relay r on r.relay_id = $1 where l.lane = any($2)
     ) granted`,
    [dead, lanes],
  );
  return rows[0] ?? { firstMs: Number.NaN, lastMs: Number.NaN };
}

it('moves the lanes of a killed relay to the others when its lease ends, and repeats the one batch in flight of each', async () => {
  await using bench = await relayBench(PARTITIONS, kafka.brokers);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, LEASE_MS);
  await using first = await start();
  const ofFirst = await connectionsOfOnly(first, bench);
  const [dead = ''] = (await lanesByOwner(bench)).keys();
  await using second = await start();
  await owns(first, PARTITIONS / 2);
  await owns(second, PARTITIONS / 2);

  for (const connection of ofFirst) connection.setMode({ kind: 'hold produce answers' });
  await plant(bench.admin, bench.topic, PARTITIONS, events(2, BACKLOG_KEYS));
  await isUnanswered(first, PARTITIONS / 2);
  const lanesOfFirst = (await lanesByOwner(bench)).get(dead) ?? [];
  expect(lanesOfFirst).toHaveLength(PARTITIONS / 2);
  first.signal('SIGKILL');
  await first.exited;
  await plant(bench.admin, bench.topic, PARTITIONS, events(3));
  await owns(second, PARTITIONS);
  const moved = await grantsAfterLease(bench, dead, lanesOfFirst);
  console.log(
    `the lanes moved ${moved.firstMs.toFixed(0)} to ${moved.lastMs.toFixed(0)} ms after the lease’s end`,
  );
  expect(moved.firstMs).toBeGreaterThanOrEqual(0);
  expect(moved.lastMs).toBeLessThanOrEqual(MOVED_WITHIN_MS);
  await allPublished(bench);

  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect([...countDuplicates(records).perPartition.values()]).toEqual(batches(PARTITIONS / 2));
}, 120_000);

it.each<[string, ProxyMode]>([
  ['are answered then', { kind: 'pass' }],
  ['are never answered', { kind: 'hold produce answers' }],
])(
  'changes nothing and sends nothing when it wakes up after its lease, and its batches %s',
  async (_what, then) => {
    await using bench = await relayBench(PARTITIONS, kafka.brokers);
    await using folder = temporaryFolder();
    const start = relayStarter(bench, folder.path, LEASE_MS);
    await using sleeper = await start();
    const ofSleeper = await connectionsOfOnly(sleeper, bench);
    for (const connection of ofSleeper) connection.setMode({ kind: 'hold produce answers' });
    await plant(bench.admin, bench.topic, PARTITIONS, events(2, BACKLOG_KEYS));
    await isUnanswered(sleeper, PARTITIONS);
    sleeper.signal('SIGSTOP');
    // An answer waits in its socket until it wakes up, and may be heard before the send's time is over or after.
    for (const connection of ofSleeper) connection.setMode(then);
    await plant(bench.admin, bench.topic, PARTITIONS, events(3));

    await using successor = await start();
    await owns(successor, PARTITIONS);
    await allPublished(bench);
    const progress = await bench.admin.query('select max(id) as newest from outbox_progress');
    const before = await readRecords(bench.brokers, [bench.topic]);

    sleeper.signal('SIGCONT');
    await owns(sleeper, PARTITIONS / 2);
    await owns(successor, PARTITIONS / 2);
    const after = await bench.admin.query('select max(id) as newest from outbox_progress');
    expect(after.rows).toEqual(progress.rows);
    expect(await readRecords(bench.brokers, [bench.topic])).toHaveLength(before.length);

    await plant(bench.admin, bench.topic, PARTITIONS, events(4));
    await allPublished(bench);
    const records = await readRecords(bench.brokers, [bench.topic]);
    expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
    expect([...countDuplicates(records).perPartition.values()]).toEqual(batches(PARTITIONS));
  },
  120_000,
);

it('repeats nothing over a rolling restart with SIGTERM', async () => {
  await using bench = await relayBench(PARTITIONS);
  await using folder = temporaryFolder();
  const start = relayStarter(bench, folder.path, LEASE_MS);
  let version = 0;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      version += 1;
      await plant(bench.admin, bench.topic, PARTITIONS, events(version));
      await delay(100);
    }
  })();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => {
    isOver = true;
  });
  const relays = [stack.use(await start()), stack.use(await start())];
  for (const old of relays) {
    const successor = stack.use(await start());
    await old.stop();
    expect(await old.exited).toBe('exit code 0');
    await owns(successor, PARTITIONS / 2);
  }
  isOver = true;
  await writing;
  await allPublished(bench);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
}, 120_000);
