import { expect, it } from 'vitest';
import { readRecords } from '../checker/index.ts';
import { verdictOn } from '../faults/verdict.ts';
import { hold } from '../servers/hold.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

const PARTITIONS = 8;
const HEARTBEAT_MS = 200;
const settings = { heartbeatMs: HEARTBEAT_MS };

/** Lanes per relay, fewest first; lanes of nobody do not count. */
async function shares(bench: RelayBench): Promise<number[]> {
  const { rows } = await bench.admin.query<{ lanes: number }>(
    `select count(l.lane)::int as lanes from outbox_relay r left join outbox_lane l on l.owner = r.relay_id
     where r.lease_until > clock_timestamp() group by r.relay_id order by 1`,
  );
  return rows.map(({ lanes }) => lanes);
}

async function sharesBecome(bench: RelayBench, expected: readonly number[]): Promise<void> {
  await until(
    `shares are ${expected.join()}`,
    async () => (await shares(bench)).join() === expected.join(),
    10_000,
  );
}

/**
 * Waits until the shares are so. @returns how many heartbeats of one relay passed since so many live, the most of all,
 * without the one that it had sent before or joined with. Counted, not timed: a busy machine makes both late.
 */
async function heartbeatsUntil({ admin }: RelayBench, expected: readonly number[]): Promise<number> {
  const seen = new Map<string, Set<string>>();
  await until(`shares are ${expected.join()}`, async () => {
    const { rows } = await admin.query<{ relay: string; heartbeat: string; lanes: number }>(
      `select r.relay_id::text as relay, r.heartbeat::text as heartbeat,
              (select count(*)::int from outbox_lane l where l.owner = r.relay_id) as lanes
       from outbox_relay r where r.lease_until > clock_timestamp() order by lanes`,
    );
    if (rows.length !== expected.length) return false;
    for (const { relay, heartbeat } of rows) seen.set(relay, (seen.get(relay) ?? new Set()).add(heartbeat));
    return rows.map(({ lanes }) => lanes).join() === expected.join();
  });
  return Math.max(...[...seen.values()].map(({ size }) => size - 1));
}

it('shares the lanes evenly while relays join and stop, and publishes everything exactly once', async () => {
  await using bench = await relayBench(PARTITIONS);
  let version = 0;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      version += 1;
      const events = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, version }));
      await plant(bench.admin, bench.topic, PARTITIONS, events);
    }
  })();

  // Nobody waits for a lease to end here: each is longer than the test.
  const patient = { settings: { heartbeatMs: 1_000, leaseMs: 60_000 } };
  const first = bench.startRelay(patient);
  await sharesBecome(bench, [8]);
  bench.startRelay(patient);
  expect(await heartbeatsUntil(bench, [4, 4])).toBeLessThanOrEqual(2);
  bench.startRelay(patient);
  expect(await heartbeatsUntil(bench, [2, 3, 3])).toBeLessThanOrEqual(2);
  await first.stop();
  expect(await heartbeatsUntil(bench, [4, 4])).toBeLessThanOrEqual(2);
  isOver = true;
  await writing;
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);

  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
  expect(version).toBeGreaterThan(5);
});

it('takes a dead relay’s lanes at the first heartbeat after the end of its lease, and not before', async () => {
  await using bench = await relayBench(PARTITIONS);
  const { admin } = bench;
  const dead = '0198c0de-0000-7000-8000-00000000dead';
  // As the database sees a relay that was killed: it had renewed its lease right before, and owns every lane.
  await admin.query(
    `insert into outbox_relay (relay_id, host, heartbeat, lease_until, host_clock, backing_off)
     values ($1, 'dead', clock_timestamp(), clock_timestamp() + interval '2 s', clock_timestamp(), '[]')`,
    [dead],
  );
  await admin.query('update outbox_lane set owner = $1', [dead]);
  bench.startRelay({ settings: { heartbeatMs: 400 } });
  const beats = new Set<string>();
  let early = 0;
  await until('every lane has moved', async () => {
    const { rows } = await admin.query<{ moved: number; ended: boolean; beat: string | null }>(
      `select (select count(*)::int from outbox_lane where owner <> $1) as moved,
              lease_until <= clock_timestamp() as ended,
              (select max(heartbeat)::text from outbox_relay where heartbeat > d.lease_until) as beat
       from outbox_relay d where relay_id = $1`,
      [dead],
    );
    const [now] = rows;
    if (typeof now?.beat === 'string') beats.add(now.beat);
    if (now?.ended === false) early += now.moved;
    return now?.moved === PARTITIONS;
  });
  expect(early).toBe(0);
  expect(beats.size).toBeLessThanOrEqual(1);
});

it('gives a lane back from the middle of its backoff', async () => {
  await using bench = await relayBench(2);
  const { admin, topic } = bench;
  const first = bench.startRelay({
    settings: { ...settings, laneBackoff: { baseMs: 3_600_000, capMs: 3_600_000 } },
    through: (publisher) => ({ ...publisher, publish: () => Promise.reject(new Error('planted')) }),
  });
  const events = Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, version: 1 }));
  await plant(admin, topic, 2, events);
  await until('both lanes back off', () => {
    const { status } = first.relay;
    return status.state === 'running' && status.lanesBackingOff === 2;
  });
  bench.startRelay({ settings });
  await sharesBecome(bench, [1, 1]);
  await until('the other publishes its half', async () => (await pendingEvents(admin)) < events.length);
  await first.stop();
  await until('the other publishes the rest', async () => (await pendingEvents(admin)) === 0);
  expect(await readRecords(bench.brokers, [topic])).toHaveLength(events.length);
});

it('holds a paused lane back until it is resumed, and publishes the others', async () => {
  await using bench = await relayBench(2);
  await bench.admin.query(`update outbox_lane set paused = true where partition = 0`);
  bench.startRelay({ settings });
  const events = Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, version: 1 }));
  await plant(bench.admin, bench.topic, 2, events);
  const { rows } = await bench.admin.query(
    `select count(*)::int as held from outbox join outbox_lane using (lane) where partition = 0`,
  );
  await until('the other lane is done', async () => (await pendingEvents(bench.admin)) === rows[0].held);
  const published = await readRecords(bench.brokers, [bench.topic]);
  expect(new Set(published.map(({ partition }) => partition))).toEqual(new Set([1]));
  await bench.admin.query(`update outbox_lane set paused = false`);
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);
});

it('given a pause with a batch read ahead: after it what follows is read anew, at a snapshot of then', async () => {
  await using bench = await relayBench(1);
  const { admin, topic } = bench;
  const answer = closedGate();
  using _released = { [Symbol.dispose]: () => answer.open() };
  let sends = 0;
  const running = bench.startRelay({
    settings: { ...settings, patienceMs: 60_000, limits: { rows: 10, bytes: 100_000 } },
    through: intercept({
      after() {
        sends += 1;
        return sends === 1 ? answer.passed : undefined;
      },
    }),
  });
  await until('the relay runs', () => running.relay.status.state === 'running');
  await plant(
    admin,
    topic,
    1,
    Array.from({ length: 30 }, (_, index) => ({ key: `k${index}`, version: 1 })),
  );
  await until('the first batch is sent', () => sends === 1);
  const { rows: pauses } = await admin.query(
    'update outbox_lane set paused = true returning clock_timestamp() as at',
  );
  // What a heartbeat found is known for certain when the next one is sent.
  const beats = new Set<string>();
  await until('the relay knows', async () => {
    const { rows } = await admin.query<{ beat: string }>(
      'select heartbeat::text as beat from outbox_relay where heartbeat > $1',
      [pauses[0].at],
    );
    for (const { beat } of rows) beats.add(beat);
    return beats.size === 2;
  });
  answer.open();
  await until('the first batch is recorded', async () => (await pendingEvents(admin)) === 20);
  const { rows } = await admin.query('select pg_current_xact_id()::text as resumed');
  await admin.query('update outbox_lane set paused = false');
  await until('everything is published', async () => (await pendingEvents(admin)) === 0);

  const read = await admin.query(
    `select pg_snapshot_xmax(snapshot) > $1::xid8 as anew, count(*)::int as batches from outbox_progress
     where base_offset is not null group by anew order by anew`,
    [rows[0].resumed],
  );
  expect(read.rows).toEqual([
    { anew: false, batches: 1 },
    { anew: true, batches: 2 },
  ]);
});

it('stops sending when its lease cannot be renewed, and takes its lanes again when it can', async () => {
  await using bench = await relayBench(2);
  const running = bench.startRelay({
    settings: { leaseMs: 600, leaseMarginMs: 50, heartbeatMs: 150, sendTimeoutMs: 200 },
  });
  await sharesBecome(bench, [2]);
  // Renewals wait for this lock; reads and progress would still go through.
  await using blocker = await hold(bench.admin, 'lock table outbox_relay in exclusive mode');
  await until('the session ends', () => running.events.some((event) => event.type === 'session-ended'));
  await plant(bench.admin, bench.topic, 2, [{ key: 'a', version: 1 }]);
  running.relay.ring();
  // It has tried to go on since, and got no further than its renewal.
  await until('a renewal waits again', async () => {
    const { rowCount } = await bench.admin.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into outbox_relay%'
         and query_start > (select max(created_at) from outbox)`,
    );
    return (rowCount ?? 0) > 0;
  });
  expect(await readRecords(bench.brokers, [bench.topic])).toEqual([]);
  await blocker.release();
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);
  expect(running.events.map(({ type }) => type)).toContain('session-back');
});

it('lets lanes go that a session of its own left behind and that are beyond its share', async () => {
  await using bench = await relayBench(PARTITIONS);
  const relayId = '0198c0de-0000-7000-8000-00000000beef';
  const other = bench.startRelay({ settings });
  await sharesBecome(bench, [8]);
  // As after a session that ended with every lane: the database still names its relay as their owner.
  await bench.admin.query('update outbox_lane set owner = $1, lease_epoch = lease_epoch + 1', [relayId]);
  bench.startRelay({ settings: { ...settings, relayId } });
  await until('both work on half of the lanes', () => {
    const { status } = other.relay;
    return status.state === 'running' && status.lanes === PARTITIONS / 2;
  });
  await sharesBecome(bench, [4, 4]);
  expect(await shares(bench)).toEqual([4, 4]);
});
