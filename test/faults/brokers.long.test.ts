import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../infra/local/index.ts';
import { type RelayBench, relayBenchOn, until } from '../relay/bench.ts';
import { createOrderDatabase, type TestDatabase } from '../servers/databases.ts';
import { temporaryFolder, type TemporaryFolder } from '../servers/temporary-folder.ts';
import { databaseTime, type Delays, delaysBetween, inWords } from './delays.ts';
import { KafkaAdministration } from './kafka-administration.ts';
import { startTraffic } from './traffic.ts';
import { Unanswered } from './unanswered.ts';
import { settled, unsettled, verdictOn } from './verdict.ts';

/** Brokers that fail one by one or together, under a relay that keeps publishing to all of them. */
const PARTITIONS = 6;
const KEYS = 60;
/** How long a test lets the traffic flow before a fault, in ms. */
const SPAN_MS = 6_000;
/** A broker that says nothing is taken for dead after this long (`broker.session.timeout.ms` of the cluster), in ms. */
const SESSION_MS = 4_000;
/**
 * Where a dead broker led the controllers, another one has to be found first (2 s without a fetch, 1 s of election),
 * which gives every broker a new session; then the send under way is given up and waited for, 3 s by the settings below.
 */
const TAKEN_OUT_WITHIN_MS = 3 * SESSION_MS;
/** A request that is answered late only because its leader is gone is given up soon. */
const settings = { leaseMs: 8_000, sendTimeoutMs: 2_000, laneBackoff: { baseMs: 50, capMs: 1_000 } };

let folder: TemporaryFolder;
let cluster: KafkaCluster;
let administration: KafkaAdministration;

beforeAll(async () => {
  folder = temporaryFolder();
  cluster = await startKafkaCluster({ dataDir: path.join(folder.path, 'kafka'), progress: () => undefined });
  administration = new KafkaAdministration(cluster.brokers);
}, 300_000);
afterAll(async () => {
  await administration[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
}, 120_000);

interface Scene extends AsyncDisposable {
  readonly bench: RelayBench;
  readonly unanswered: Unanswered;
  /** By partition, as things stand before the fault. */
  readonly leaders: readonly number[];
  /** Ends the writing, waits for the rest and lets the checker judge. */
  finish(what: string): Promise<Outcome>;
}

interface Outcome {
  readonly broken: readonly string[];
  /** Duplicates that no send without an answer explains. */
  readonly beyond: number;
  readonly parked: number | null;
}

const faultless: Outcome = { broken: [], beyond: 0, parked: 0 };

async function scene(replicas: number): Promise<Scene> {
  await using starting = new AsyncDisposableStack();
  const database: TestDatabase = starting.use(await createOrderDatabase());
  const bench = starting.use(
    await relayBenchOn({ database, brokers: cluster.brokers, replicas }, PARTITIONS),
  );
  await until(
    'every partition has a leader',
    async () => (await administration.leadersOf(bench.topic)).every((leader) => leader > 0),
    60_000,
  );
  const unanswered = new Unanswered();
  bench.startRelay({
    settings,
    through: unanswered.through,
    kafka: { requestTimeoutMs: settings.sendTimeoutMs },
  });
  const traffic = starting.use(startTraffic({ bench, keys: KEYS, everyMs: 200 }));
  await until('the traffic flows', () => traffic.committed > 5 * KEYS);
  await settled(bench);
  const leaders = await administration.leadersOf(bench.topic);
  const running = starting.move();
  return {
    bench,
    unanswered,
    leaders,
    async finish(what) {
      await traffic.stop();
      await settled(bench, 120_000);
      const { broken, duplicates } = await verdictOn(bench);
      console.log(
        `${what}: ${traffic.committed} events, ${duplicates} twice, ${unanswered.events} in ${unanswered.attempts} unanswered sends`,
      );
      const { rowCount: parked } = await bench.admin.query('select from outbox_parked');
      return { broken, beyond: Math.max(0, duplicates - unanswered.events), parked };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Comparison {
  readonly before: Delays;
  readonly during: Delays;
  /** Events acknowledged a second under the fault ÷ those before it. */
  readonly share: number;
}

/**
 * How long events of these partitions take in a span before a fault and in one under it, printed. Each of them is
 * waited for, so that none is too slow to be counted.
 *
 * @param underFault begins the fault; what is committed until it resolves is compared
 */
async function compare(
  { bench }: Scene,
  what: string,
  partitions: readonly number[],
  underFault: () => Promise<void>,
): Promise<Comparison> {
  const start = await databaseTime(bench);
  await delay(SPAN_MS);
  // What is committed right before the fault meets it.
  const calm = await databaseTime(bench);
  await delay(1_000);
  const fault = await databaseTime(bench);
  await underFault();
  const end = await databaseTime(bench);
  await until(
    'what was committed under the fault is published',
    async () => (await delaysBetween(bench, partitions, fault, end)).pending === 0,
    60_000,
  );
  const before = await delaysBetween(bench, partitions, start, calm);
  const during = await delaysBetween(bench, partitions, fault, end);
  console.log(`${what}: before: ${inWords(before)}; during: ${inWords(during)}`);
  return { before, during, share: during.perSecond / before.perSecond };
}

function partitionsOf(leaders: readonly number[], is: (leader: number) => boolean): number[] {
  return leaders.flatMap((leader, partition) => (is(leader) ? [partition] : []));
}

/** A fault of nodes that ends at the latest with the test: the next one wants three. */
interface Fault extends AsyncDisposable {
  readonly begin: () => Promise<void> | void;
  readonly end: () => Promise<void>;
}

function faultOf(begin: () => Promise<void> | void, end: () => Promise<void> | void): Fault {
  let isOver = false;
  const endOnce = async (): Promise<void> => {
    if (isOver) return;
    isOver = true;
    await end();
  };
  return { begin, end: endOnce, [Symbol.asyncDispose]: endOnce };
}

const kinds = {
  killed: (id: number) =>
    faultOf(
      () => cluster.kill(id),
      () => cluster.start(id),
    ),
  frozen: (id: number) =>
    faultOf(
      () => cluster.node(id).signal('SIGSTOP'),
      () => cluster.node(id).signal('SIGCONT'),
    ),
};

/**
 * Of the other partitions while the fault lasts. With three replicas they publish nothing before the cluster has taken
 * the broker out of their sets (`acks=all`). With one replica they have nothing to wait for.
 */
const afterElections = {
  leastShare: 0.2,
  p50Ms: TAKEN_OUT_WITHIN_MS / 2,
  p99Ms: TAKEN_OUT_WITHIN_MS,
  lastsMs: TAKEN_OUT_WITHIN_MS,
};
const asBefore = { leastShare: 0.5, p50Ms: 1_000, p99Ms: SESSION_MS, lastsMs: SPAN_MS };

function expectToFlow({ during, share }: Comparison, bounds: typeof asBefore): void {
  expect(share).toBeGreaterThan(bounds.leastShare);
  expect(during.p50Ms).toBeLessThan(bounds.p50Ms);
  expect(during.p99Ms).toBeLessThan(bounds.p99Ms);
}

it.each([
  ['a leader is killed and replaced', 'killed', 3, afterElections],
  ['a leader is frozen and replaced', 'frozen', 3, afterElections],
  ['partitions have no leader', 'killed', 1, asBefore],
] as const)('lets other partitions flow on while %s', async (what, kind, replicas, bounds) => {
  await using now = await scene(replicas);
  const victim = now.leaders[0] ?? 1;
  await using fault = kinds[kind](victim);
  const others = partitionsOf(now.leaders, (leader) => leader !== victim);
  const compared = await compare(now, `${what}: other partitions`, others, async () => {
    await fault.begin();
    await delay(bounds.lastsMs);
  });
  expectToFlow(compared, bounds);
  await fault.end();
  expect(await now.finish(what)).toEqual(faultless);
});

it('waits for two of three brokers, lets flow what the third one has alone, and then delivers everything', async () => {
  const what = 'two of three brokers down';
  await using replicated = await scene(3);
  await using single = await scene(1);
  await using fault = faultOf(
    async () => void (await Promise.all([cluster.kill(2), cluster.kill(3)])),
    async () => void (await Promise.all([cluster.start(2), cluster.start(3)])),
  );
  const survivors = partitionsOf(single.leaders, (leader) => leader === 1);
  const compared = await compare(single, `${what}: partitions of the third alone`, survivors, async () => {
    await fault.begin();
    await delay(asBefore.lastsMs);
  });
  expectToFlow(compared, asBefore);
  expect(await unsettled(replicated.bench)).toBeGreaterThan(0);
  await fault.end();
  expect(await replicated.finish(what)).toEqual(faultless);
  expect(await single.finish(`${what}: one replica`)).toEqual(faultless);
});

it('delivers everything over a rolling restart of all brokers', async () => {
  await using now = await scene(3);
  const all = partitionsOf(now.leaders, () => true);
  const compared = await compare(now, 'rolling restart', all, async () => {
    for (const id of cluster.ids) {
      await cluster.stop(id);
      await cluster.start(id);
    }
  });
  expectToFlow(compared, afterElections);
  expect(await now.finish('rolling restart')).toEqual(faultless);
});
