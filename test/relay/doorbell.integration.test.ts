import { expect, it } from 'vitest';
import { partitionOf } from '@waybill/outbox';
import { verdictOn } from '../faults/verdict.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

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

it('publishes at once when the doorbell rings, however long the pause', async () => {
  await using bench = await relayBench(2);
  const running = bench.startRelay({ settings: { pollMinMs: 3_600_000, pollMaxMs: 3_600_000 } });
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
    settings: { pollMinMs: 3_600_000, pollMaxMs: 3_600_000 },
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
  relay.ring([first]);
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
