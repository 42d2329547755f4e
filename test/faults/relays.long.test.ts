import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type RelayBench, relayBench } from '../relay/bench.ts';
import { CrashingRelay, type CrashPoint, HEARTBEAT_MS } from '../stress/crashing-relay.ts';
import { databaseTime, delaysBetween, inWords } from './delays.ts';
import { startTraffic } from './traffic.ts';
import { type BenchVerdict, settled, unsettled, verdictWithRisks } from './verdict.ts';

/** Relays that die, stop and sleep at every moment, and what is left of it in Kafka. */
const PARTITIONS = 8;
const everyPartition = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const KEYS = 100;
const MINUTE_MS = 60_000;
const LEASE_MS = 3_000;
/** Half the lease, the most that a relay lets a send take. */
const SEND_TIMEOUT_MS = LEASE_MS / 2;
/** A dead relay's lane waits for its lease, for a heartbeat of another one, and for a second where two wanted the same. */
const MOVES_WITHIN_MS = LEASE_MS + 2 * HEARTBEAT_MS;
/**
 * From an event's commit to its receipt, where relays are killed, stopped and put to sleep by turns. The lane of one that
 * was killed may be taken by one that falls asleep before it sends, or be its share of the free ones, and then it moves
 * once more. It does not move a third time: a sleep lasts so much longer than the lease that by its end the lanes are
 * others' and published. At last the send may take its time.
 */
const LONGEST_WAIT_MS = 2 * MOVES_WITHIN_MS + SEND_TIMEOUT_MS;
/** Of a batch: what gathers while a lane waits for its next owner is many of them, and one of them may come again. */
const ROWS = 20;
const CRASHES = 4;

/** Lets the checker judge once everything is published, and says how much came again of what might have. */
async function judged(
  bench: RelayBench,
  what: string,
  committed: number,
  relays: readonly CrashingRelay[],
): Promise<BenchVerdict> {
  const risks = relays.map(({ atRisk }) => atRisk);
  const verdict = await verdictWithRisks(bench, risks);
  const most = risks.reduce((sum, { events }) => sum + events, 0);
  console.log(`${what}: ${committed} events, ${verdict.duplicates} of them twice, ${most} allowed`);
  return verdict;
}

/** In how many of these spans, each up to the next one’s beginning, Kafka acknowledged something. */
async function spansWithReceipts({ admin }: RelayBench, begins: readonly Date[]): Promise<number> {
  const { rows } = await admin.query<{ spans: number }>(
    `select count(distinct width_bucket(published_at, $1::timestamptz[]))::int as spans from outbox_progress
     where base_offset is not null and published_at >= $2`,
    [begins, begins[0]],
  );
  return rows[0]?.spans ?? 0;
}

it.each<[CrashPoint, number]>([
  ['before the send', 0],
  // What was acknowledged is written, and without its progress it is sent again.
  ['after the send, before the commit', CRASHES],
  ['after the commit', 0],
])('loses and disorders nothing when it is killed %s, again and again', async (point, leastTwice) => {
  await using bench = await relayBench(PARTITIONS);
  const url = bench.database.urlFor('waybill_relay');
  await using relay = new CrashingRelay(url, bench.brokers[0] ?? '', { rows: ROWS });
  await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 100 });
  relay.start();
  for (let crash = 1; crash <= CRASHES; crash += 1) {
    await relay.crash(point);
    relay.start();
  }
  await traffic.stop();
  await settled(bench, 90_000);
  await relay.stop();
  const { broken, duplicates } = await judged(bench, `killed ${point}`, traffic.committed, [relay]);
  expect(broken).toEqual([]);
  expect(duplicates).toBeGreaterThanOrEqual(leastTwice);
});

it('comes through a minute in which it is killed every two seconds', async () => {
  await using bench = await relayBench(PARTITIONS);
  const url = bench.database.urlFor('waybill_relay');
  // Its successor may wait for the end of this lease, and then has half a second to work; the one after that has two.
  // What gathers in four seconds is five batches of a lane, so that a slow start leaves time for it.
  const settings = { leaseMs: 1_500, sendTimeoutMs: 600, rows: 50 };
  await using relay = new CrashingRelay(url, bench.brokers[0] ?? '', settings);
  await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 200 });
  const over = performance.now() + MINUTE_MS;
  const starts: Date[] = [];
  while (performance.now() < over) {
    starts.push(await databaseTime(bench));
    relay.start();
    await delay(2_000);
    await relay.kill();
  }
  const { committed } = traffic;
  const behind = await unsettled(bench);
  const kills = starts.length;
  const published = await spansWithReceipts(bench, starts);
  await traffic.stop();
  bench.startRelay();
  await settled(bench, 90_000);
  const what = `killed ${kills} times in a minute, in ${published} spans between published, ${behind} events behind at its end`;
  expect((await judged(bench, what, traffic.committed, [relay])).broken).toEqual([]);
  // Every other one has lanes for two seconds, in which it drains what has gathered; on a busy machine fewer do.
  expect(published).toBeGreaterThan(kills / 3);
  expect(behind).toBeLessThan(committed / 2);
});

it('comes through a minute in which one of three is killed, stopped or put to sleep at random', async () => {
  await using bench = await relayBench(PARTITIONS);
  const url = bench.database.urlFor('waybill_relay');
  await using stack = new AsyncDisposableStack();
  const relays = Array.from({ length: 3 }, () =>
    stack.use(
      new CrashingRelay(url, bench.brokers[0] ?? '', {
        leaseMs: LEASE_MS,
        sendTimeoutMs: SEND_TIMEOUT_MS,
        rows: ROWS,
      }),
    ),
  );
  for (const relay of relays) relay.start();
  await Promise.all(relays.map((relay) => relay.granted()));
  await using traffic = startTraffic({ bench, keys: KEYS, everyMs: 100 });
  const over = performance.now() + MINUTE_MS;
  const from = await databaseTime(bench);
  const done = { killed: 0, stopped: 0, slept: 0 };
  for (let round = 0; performance.now() < over; round += 1) {
    const relay = relays[Math.floor(Math.random() * relays.length)];
    if (relay === undefined) throw new Error('no relay');
    const kind = (['killed', 'stopped', 'slept'] as const)[round % 3] ?? 'killed';
    done[kind] += 1;
    if (kind === 'slept') {
      relay.sleep();
      // Longer than its lease: its lanes are somebody else's when it wakes up.
      await delay(LEASE_MS + 1_500);
      relay.wake();
      continue;
    }
    if (kind === 'killed') await relay.kill();
    // It finishes what it has sent: it may repeat nothing.
    else await relay.stop();
    relay.start();
    await relay.granted();
  }
  const to = await databaseTime(bench);
  await traffic.stop();
  await settled(bench, 90_000);
  await Promise.all(relays.map((relay) => relay.stop()));
  const what = `${done.killed} killed, ${done.stopped} stopped, ${done.slept} put to sleep in a minute`;
  expect((await judged(bench, what, traffic.committed, relays)).broken).toEqual([]);
  const waits = await delaysBetween(bench, everyPartition, from, to);
  console.log(`${what}: ${inWords(waits)}`);
  expect(waits.maxMs).toBeLessThan(LONGEST_WAIT_MS);
});
