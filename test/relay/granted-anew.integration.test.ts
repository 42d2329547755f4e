import { partitionOf, PublishError } from '@waybill/outbox';
import { wait } from '@waybill/retry';
import { expect, it } from 'vitest';
import { verdictOn } from '../faults/verdict.ts';
import { type RelayBench, relayBench, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

/** @returns a key for each partition, in their order */
function keysOfEach(partitions: number): string[] {
  const candidates = Array.from({ length: 100 }, (_, nth) => `k${nth}`);
  return Array.from(
    { length: partitions },
    (_, partition) => candidates.find((key) => partitionOf(key, partitions) === partition) ?? '',
  );
}

/** Statements that wait for a lock on a row that another transaction has. */
async function waitingLocks({ admin }: RelayBench): Promise<number> {
  const { rows } = await admin.query<{ waiting: number }>(
    `select count(*)::integer as waiting from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0]?.waiting ?? 0;
}

it('works on a lane that it is granted anew, although a send that began in between fails', async () => {
  await using bench = await relayBench(1);
  const sending = closedGate();
  const granted = closedGate();
  let sends = 0;
  let hasFailed = false;
  const running = bench.startRelay({
    // The failure comes while the send still counts as one of the cycle.
    settings: { heartbeatMs: 50, patienceMs: 30_000 },
    through: intercept({
      async before() {
        sends += 1;
        if (sends > 1) return;
        sending.open();
        await granted.passed;
        hasFailed = true;
        throw new PublishError('planted', 'unreachable', 'ECONNRESET');
      },
    }),
  });
  const grants = (): number => running.events.filter(({ type }) => type === 'lanes-granted').length;
  await until('the relay holds the lane', () => grants() === 1);

  // Whoever takes a lane waits for its row: the lock is in line behind the loss, so that no grant comes between.
  const [loser, holder] = [await bench.admin.connect(), await bench.admin.connect()];
  await loser.query('begin');
  await loser.query('update outbox_lane set owner = null, lease_epoch = lease_epoch + 1');
  await holder.query('begin');
  const locked = holder.query('select from outbox_lane for update');
  await until('the lock is waited for', async () => (await waitingLocks(bench)) === 1);
  await loser.query('commit');
  await locked;
  await until('the grant waits', async () => (await waitingLocks(bench)) === 1);
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  // Nothing is sent now, or else by the grant that was lost.
  await Promise.race([sending.passed, wait(1_000, AbortSignal.timeout(1_000))]);
  const sentMeanwhile = sends;
  await holder.query('commit');
  loser.release();
  holder.release();
  await until('the lane is granted anew', () => grants() === 2);
  granted.open();
  await until('the send has failed', () => hasFailed);
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 2 }]);
  await until('all is published', async () => (await pendingEvents(bench.admin)) === 0);
  expect(sentMeanwhile).toBe(0);
});

it('works on a lane that it is granted anew while the cycle of its lost send waits for another', async () => {
  await using bench = await relayBench(2);
  const keys = keysOfEach(2);
  await plant(
    bench.admin,
    bench.topic,
    2,
    keys.map((key) => ({ key, version: 1 })),
  );
  const [lost, other] = [closedGate(), closedGate()];
  const sent: number[] = [];
  const running = bench.startRelay({
    settings: { heartbeatMs: 50, patienceMs: 30_000 },
    through: intercept({
      async before({ partition }) {
        const isFirst = !sent.includes(partition);
        sent.push(partition);
        if (!isFirst) return;
        await (partition === 0 ? lost : other).passed;
        if (partition === 0) throw new PublishError('planted', 'unreachable', 'ECONNRESET');
      },
    }),
  });
  const told = (type: string): number => running.events.filter((event) => event.type === type).length;
  await until('both are on their way', () => sent.length === 2);
  await bench.admin.query(
    'update outbox_lane set owner = null, lease_epoch = lease_epoch + 1 where partition = 0 and topic = $1',
    [bench.topic],
  );
  await until('the loss is noticed', () => told('lanes-lost') === 1);
  lost.open();
  await until('the lane is granted anew and sends', () => sent.length === 3);
  other.open();
  await until('the other one is published', async () => (await pendingEvents(bench.admin)) === 0);
  await plant(
    bench.admin,
    bench.topic,
    2,
    keys.map((key) => ({ key, version: 2 })),
  );
  await until('all is published', async () => (await pendingEvents(bench.admin)) === 0);
  expect((await verdictOn(bench)).broken).toEqual([]);
});
