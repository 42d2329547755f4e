import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { partitionOf } from '@waybill/outbox';
import { verdictOn } from '../faults/verdict.ts';
import { type RelayBench, relayBench, type RunningRelay, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

const NO_POLLS = { pollMinMs: 3_600_000, pollMaxMs: 3_600_000 };

const events = (version: number) => Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, version }));

/** In the order of their partitions. */
async function lanesOf({ admin, topic }: RelayBench): Promise<readonly number[]> {
  const { rows } = await admin.query<{ lane: number }>(
    'select lane from outbox_lane where topic = $1 order by partition',
    [topic],
  );
  return rows.map(({ lane }) => lane);
}

async function pendingBecome({ admin }: RelayBench, count: number): Promise<void> {
  await until(`${count} are pending`, async () => (await pendingEvents(admin)) === count, 5_000);
}

/** Resolves when the relay has done all that a ring has it do for now. */
async function heard({ relay, isAtRest }: RunningRelay, lane: number): Promise<void> {
  relay.ring([lane]);
  await setImmediate(); // its loop wakes up
  await until('the relay is at rest', isAtRest, 5_000);
}

it('publishes at once when the doorbell rings, however long the pause', async () => {
  await using bench = await relayBench(2);
  const running = bench.startRelay({ settings: NO_POLLS });
  await until('the relay runs', () => running.relay.status.state === 'running');
  for (let version = 1; version <= 3; version += 1) {
    await plant(bench.admin, bench.topic, 2, events(version));
    running.relay.ring();
    await pendingBecome(bench, 0);
  }
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('reads the lanes that the doorbell names, and no other', async () => {
  await using bench = await relayBench(2);
  const sent: number[] = [];
  const { relay } = bench.startRelay({
    settings: NO_POLLS,
    through: intercept({ before: ({ partition }) => void sent.push(partition) }),
  });
  const [first = -1, second = -1] = await lanesOf(bench);
  await plant(bench.admin, bench.topic, 2, events(1));
  relay.ring();
  await pendingBecome(bench, 0);

  sent.length = 0;
  await plant(bench.admin, bench.topic, 2, events(2));
  const inSecond = events(2).filter(({ key }) => partitionOf(key, 2) === 1).length;
  relay.ring([first]);
  await pendingBecome(bench, inSecond);
  relay.ring([9_999]); // of another relay
  await plant(bench.admin, bench.topic, 2, events(3));
  relay.ring([first]);
  await pendingBecome(bench, 2 * inSecond);
  expect(new Set(sent)).toEqual(new Set([0]));
  relay.ring([second]);
  await pendingBecome(bench, 0);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('polls every lane at its pace while the doorbell rings for one again and again', async () => {
  await using bench = await relayBench(2);
  const { relay } = bench.startRelay({ settings: { pollMinMs: 200, pollMaxMs: 200 } });
  const [first = -1] = await lanesOf(bench);
  const ringing = setInterval(() => relay.ring([first]), 1);
  using _ringing = { [Symbol.dispose]: () => clearInterval(ringing) };
  await until('the relay runs', () => relay.status.state === 'running');
  for (let version = 1; version <= 3; version += 1) {
    await plant(bench.admin, bench.topic, 2, events(version));
    await pendingBecome(bench, 0);
  }
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('reads a lane that is rung for while it is busy once more when it is not', async () => {
  await using bench = await relayBench(1);
  const answer = closedGate();
  // Whatever fails below: the relay that is ended afterwards waits for this answer.
  using _released = { [Symbol.dispose]: () => answer.open() };
  const sent: number[] = [];
  const running = bench.startRelay({
    settings: { ...NO_POLLS, patienceMs: 60_000 },
    through: intercept({
      before: ({ messages }) => void sent.push(messages.length),
      after: () => answer.passed,
    }),
  });
  const [lane = -1] = await lanesOf(bench);
  await until('the relay holds the lane', () => {
    const { status } = running.relay;
    return status.state === 'running' && status.lanes === 1;
  });
  for (let version = 1; version <= 3; version += 1) {
    await plant(bench.admin, bench.topic, 1, events(version));
    await heard(running, lane);
  }
  answer.open();
  await pendingBecome(bench, 0);
  expect(sent).toEqual([20, 20, 20]);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});

it('reads a lane that was rung for during a pause when the pause ends', async () => {
  await using bench = await relayBench(1);
  const running = bench.startRelay({ settings: { ...NO_POLLS, heartbeatMs: 100 } });
  const [lane = -1] = await lanesOf(bench);
  const { rows } = await bench.admin.query<{ at: Date }>(
    'update outbox_lane set paused = true returning clock_timestamp() as at',
  );
  await until('the relay knows', async () => {
    const beats = await bench.admin.query(
      `select from outbox_relay where heartbeat > $1::timestamptz + interval '50 ms'`,
      [rows[0]?.at],
    );
    return beats.rowCount === 1;
  });
  await plant(bench.admin, bench.topic, 1, events(1));
  await heard(running, lane);
  expect(await pendingEvents(bench.admin)).toBe(20);
  await bench.admin.query('update outbox_lane set paused = false');
  await pendingBecome(bench, 0);
  expect(await verdictOn(bench)).toEqual({ broken: [], duplicates: 0 });
});
