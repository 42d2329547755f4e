/**
 * Brokers that fail one by one or together, under a relay that keeps publishing to all of them. Each test makes its fault
 * in a cluster that is whole, compares what partitions do before and under it, and lets the checker judge the end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../infra/local/index.ts';
import { type RelayBench, relayBenchOn, until } from '../relay/bench.ts';
import { createOrderDatabase, type TestDatabase } from '../servers/databases.ts';
import { temporaryFolder, type TemporaryFolder } from '../servers/temporary-folder.ts';
import { compare, type Comparison, SPAN_MS } from './comparison.ts';
import { delaysBetween, inWords } from './delays.ts';
import { type Fault, faultOf } from './fault.ts';
import { KafkaAdministration } from './kafka-administration.ts';
import { leadingController } from './kafka-quorum.ts';
import { startTraffic } from './traffic.ts';
import { Unanswered } from './unanswered.ts';
import { settled, verdictOn } from './verdict.ts';

const PARTITIONS = 6;
const KEYS = 60;
/** A broker that says nothing is taken for dead after this long (`broker.session.timeout.ms` of the cluster), in ms. */
const SESSION_MS = 4_000;
/**
 * Where a dead broker led the controllers, another one has to be found first (2 s without a fetch, 1 s of election),
 * which gives every broker a new session.
 */
const ELECTION_MS = 3_000;
/** A request that is answered late only because its leader is gone is given up soon. */
const settings = { leaseMs: 8_000, sendTimeoutMs: 2_000, laneBackoff: { baseMs: 50, capMs: 1_000 } };
/** A send that is given up, and the longest wait before the next one, in ms. */
const ONE_MORE_TRY_MS = settings.sendTimeoutMs + settings.laneBackoff.capMs;
/** A broker is away for longer than it takes to do without it, so that whoever waits for its return is seen. */
const AWAY_MS = 3 * SESSION_MS;

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

const kinds = {
  killed: (id: number): Fault =>
    faultOf(
      () => cluster.kill(id),
      () => cluster.start(id),
    ),
  frozen: (id: number): Fault =>
    faultOf(
      () => cluster.node(id).signal('SIGSTOP'),
      () => cluster.node(id).signal('SIGCONT'),
    ),
};

/** A broker that leads partitions, and either the controllers as well or not. */
async function victimOf({ leaders }: Scene, leads: 'no controllers' | 'the controllers'): Promise<number> {
  const controller = await leadingController(cluster.brokers[0] ?? '');
  const victim = leaders.find((leader) => (leader === controller) === (leads === 'the controllers'));
  if (victim === undefined)
    throw new Error(`leaders are ${leaders.join()}, the controllers’ is ${controller}`);
  return victim;
}

function partitionsOf(leaders: readonly number[], is: (leader: number) => boolean): number[] {
  return leaders.flatMap((leader, partition) => (is(leader) ? [partition] : []));
}

/** What is asked of the events of a span under a fault. */
interface Bounds {
  readonly leastShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** With one replica they have nothing to wait for, not even for the end of a send to a broker that is gone. */
const asBefore: Bounds = { leastShare: 0.6, p50Ms: 1_000, p99Ms: settings.sendTimeoutMs };
/**
 * With three replicas other partitions publish nothing before the cluster has taken the broker out of their sets
 * (`acks=all`). That takes less than half of the time that it is away, so half of the events notice nothing.
 */
const afterSession: Bounds = { leastShare: 0.6, p50Ms: 1_000, p99Ms: SESSION_MS + ONE_MORE_TRY_MS };
/** With an election before that it may take more than half of the time: half of the events wait for what is beyond. */
const afterElection: Bounds = {
  leastShare: 0.2,
  p50Ms: ELECTION_MS + afterSession.p99Ms - AWAY_MS / 2,
  p99Ms: ELECTION_MS + afterSession.p99Ms,
};
/**
 * A broker that is stopped hands its partitions over and leaves the sets by itself: no session has to end. A relay may
 * lose a send to the old leader, and tries again; who is slower than a session has waited for one, or for the broker.
 */
const afterHandover: Bounds = { leastShare: 0.6, p50Ms: 1_000, p99Ms: SESSION_MS };

function expectToFlow({ during, share }: Comparison, bounds: Bounds): void {
  expect(share).toBeGreaterThan(bounds.leastShare);
  expect(during.p50Ms).toBeLessThan(bounds.p50Ms);
  expect(during.p99Ms).toBeLessThan(bounds.p99Ms);
}

/**
 * That the partitions of a broker are published again while it is away, by leaders that the relay has had to learn.
 *
 * @param under what is committed in its span is looked at
 * @param withinMs of an event's commit
 */
async function expectToBeBack(
  { bench, leaders }: Scene,
  victim: number,
  under: Comparison,
  withinMs: number,
): Promise<void> {
  const own = partitionsOf(leaders, (leader) => leader === victim);
  const delays = () => delaysBetween(bench, own, under.from, under.to);
  const what = `what broker ${victim} led is published while it is away`;
  await until(what, async () => (await delays()).pending === 0, withinMs);
  console.log(`${what}: ${inWords(await delays())}`);
  expect((await delays()).maxMs).toBeLessThan(withinMs);
  // The others are asked: one that is frozen keeps its answer to itself.
  await using others = new KafkaAdministration(cluster.brokers.filter((_, at) => cluster.ids[at] !== victim));
  const successors = await others.leadersOf(bench.topic);
  const replaced = own.filter((at) => successors[at] !== victim && (successors[at] ?? -1) > 0);
  expect(replaced).toEqual(own);
}

/** That nothing is published but what their brokers took in their last moments. */
async function expectToWait(
  { bench }: Scene,
  partitions: readonly number[],
  { from, to }: Comparison,
): Promise<void> {
  const { pending, events } = await delaysBetween(bench, partitions, from, to);
  expect(pending).toBeGreaterThan(events / 2);
}

it.each([
  ['a leader is killed and replaced', 'killed', 'no controllers', afterSession],
  ['a leader is frozen and replaced', 'frozen', 'no controllers', afterSession],
  ['the leader of the controllers is killed and replaced', 'killed', 'the controllers', afterElection],
] as const)(
  'lets other partitions flow on while %s, and its own before it is back',
  async (what, kind, leads, bounds) => {
    await using now = await scene(3);
    const victim = await victimOf(now, leads);
    await using fault = kinds[kind](victim);
    const others = partitionsOf(now.leaders, (leader) => leader !== victim);
    const compared = await compare(now.bench, `${what}: other partitions`, others, async () => {
      await fault.begin();
      await delay(AWAY_MS);
    });
    expectToFlow(compared, bounds);
    // What the others wait for, a try at the old leader, and one over a connection that begins at the old leader.
    await expectToBeBack(now, victim, compared, bounds.p99Ms + 2 * ONE_MORE_TRY_MS);
    await fault.end();
    expect(await now.finish(what)).toEqual(faultless);
  },
);

it('lets other partitions flow on while some have no leader, which wait for it', async () => {
  const what = 'partitions have no leader';
  await using now = await scene(1);
  const victim = await victimOf(now, 'no controllers');
  await using fault = kinds.killed(victim);
  const others = partitionsOf(now.leaders, (leader) => leader !== victim);
  const compared = await compare(now.bench, `${what}: other partitions`, others, async () => {
    await fault.begin();
    await delay(SPAN_MS);
  });
  expectToFlow(compared, asBefore);
  const own = partitionsOf(now.leaders, (leader) => leader === victim);
  await expectToWait(now, own, compared);
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
  const compared = await compare(
    single.bench,
    `${what}: partitions of the third alone`,
    survivors,
    async () => {
      await fault.begin();
      await delay(SPAN_MS);
    },
  );
  expectToFlow(compared, asBefore);
  const all = partitionsOf(replicated.leaders, () => true);
  await expectToWait(replicated, all, compared);
  await fault.end();
  expect(await replicated.finish(what)).toEqual(faultless);
  expect(await single.finish(`${what}: one replica`)).toEqual(faultless);
});

it('delivers everything over a rolling restart of all brokers', async () => {
  await using now = await scene(3);
  const all = partitionsOf(now.leaders, () => true);
  const compared = await compare(now.bench, 'rolling restart', all, async () => {
    for (const id of cluster.ids) {
      await cluster.stop(id);
      await cluster.start(id);
    }
  });
  expectToFlow(compared, afterHandover);
  expect(await now.finish('rolling restart')).toEqual(faultless);
});
