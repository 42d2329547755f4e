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
import { settled, verdictOn } from './verdict.ts';

/** Brokers that fail one by one or together, under a relay that keeps publishing to all of them. */
const PARTITIONS = 6;
const KEYS = 60;
/** How long each part of a test lets the traffic flow, in ms. */
const SPAN_MS = 6_000;
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

/** How long events of these partitions take in a span before a fault and in one under it, printed. */
async function compare(
  { bench }: Scene,
  what: string,
  partitions: readonly number[],
  beginFault: () => Promise<void> | void,
): Promise<{ readonly before: Delays; readonly during: Delays }> {
  const start = await databaseTime(bench);
  await delay(SPAN_MS);
  // What is committed right before the fault meets it.
  const calm = await databaseTime(bench);
  await delay(1_000);
  const fault = await databaseTime(bench);
  await beginFault();
  await delay(SPAN_MS);
  const end = await databaseTime(bench);
  await until(
    'the other partitions flow on',
    async () => (await delaysBetween(bench, partitions, fault, end)).events > 0,
    60_000,
  );
  const before = await delaysBetween(bench, partitions, start, calm);
  const during = await delaysBetween(bench, partitions, fault, end);
  console.log(`${what}: other partitions before: ${inWords(before)}; during: ${inWords(during)}`);
  return { before, during };
}

function partitionsOf(leaders: readonly number[], is: (leader: number) => boolean): number[] {
  return leaders.flatMap((leader, partition) => (is(leader) ? [partition] : []));
}

/** A fault of one node that ends at the latest with the test: the next one wants three. */
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
 * the broker out of their sets (`acks=all`), and where it led the controllers too it has to find another one first. With
 * one replica they have nothing to wait for.
 */
const afterElections = { leastShare: 0, p50Ms: 60_000 };
const asBefore = { leastShare: 0.5, p50Ms: 1_000 };

it.each([
  ['a leader is killed and replaced', 'killed', 3, afterElections],
  ['a leader is frozen and replaced', 'frozen', 3, afterElections],
  ['partitions have no leader', 'killed', 1, asBefore],
] as const)('lets other partitions flow on while %s', async (what, kind, replicas, { leastShare, p50Ms }) => {
  await using now = await scene(replicas);
  const victim = now.leaders[0] ?? 1;
  await using fault = kinds[kind](victim);
  const others = partitionsOf(now.leaders, (leader) => leader !== victim);
  const { before, during } = await compare(now, what, others, fault.begin);
  expect(during.events).toBeGreaterThan(leastShare * before.events);
  expect(during.p50Ms).toBeLessThan(p50Ms);
  await fault.end();
  expect(await now.finish(what)).toEqual(faultless);
});

it('waits for two of three brokers, and then delivers everything', async () => {
  await using now = await scene(3);
  await Promise.all([cluster.kill(2), cluster.kill(3)]);
  await delay(SPAN_MS);
  await Promise.all([cluster.start(2), cluster.start(3)]);
  expect(await now.finish('two of three brokers down')).toEqual(faultless);
});

it('delivers everything over a rolling restart of all brokers', async () => {
  await using now = await scene(3);
  for (const id of cluster.ids) {
    await cluster.stop(id);
    await cluster.start(id);
  }
  expect(await now.finish('rolling restart')).toEqual(faultless);
});
