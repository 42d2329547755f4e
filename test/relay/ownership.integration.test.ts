import { expect, it } from 'vitest';
import { countDuplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { relayBench, until } from './bench.ts';
import { closedGate, intercept } from './intercept.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

it('lets a relay whose lane was granted to another change nothing in the database', async () => {
  await using bench = await relayBench(1);
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  const acknowledged = closedGate();
  const goOn = closedGate();
  const first = bench.startRelay({
    settings: { heartbeatMs: 3_600_000, leaseMs: 20_000_000, sendTimeoutMs: 1_000 },
    through: intercept({
      async after() {
        acknowledged.open();
        await goOn.passed;
      },
    }),
  });
  await acknowledged.passed;
  // What another relay's grant does, at a moment when this one cannot have noticed.
  await bench.admin.query(
    `update outbox_lane set owner = '0198c0de-0000-7000-8000-00000000dead', lease_epoch = lease_epoch + 1`,
  );
  const before = await bench.admin.query('select * from outbox_progress order by id');
  goOn.open();
  await until('the first relay lets the lane go', () =>
    first.events.some((event) => event.type === 'lanes-lost'),
  );
  const after = await bench.admin.query('select * from outbox_progress order by id');
  expect(after.rows).toEqual(before.rows);
  await first.stop();

  const second = bench.startRelay();
  await until('the second relay publishes', async () => (await pendingEvents(bench.admin)) === 0);
  await second.stop();
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...(await readOutbox(bench.database.urlFor('superuser'))), records })).toEqual([]);
  expect(countDuplicates(records).total).toBe(1);
});

it('does not take a lane again while a batch of it has no answer', async () => {
  await using bench = await relayBench(1);
  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  const sending = closedGate();
  const goOn = closedGate();
  let underWay = 0;
  let mostUnderWay = 0;
  const running = bench.startRelay({
    settings: { heartbeatMs: 50 },
    through: intercept({
      async before() {
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        sending.open();
        await goOn.passed;
      },
      after: () => void (underWay -= 1),
    }),
  });
  await sending.passed;
  const heartbeats = async (): Promise<Date> => {
    const { rows } = await bench.admin.query<{ heartbeat: Date }>('select heartbeat from outbox_relay');
    return rows[0]?.heartbeat ?? new Date(0);
  };
  await bench.admin.query('update outbox_lane set owner = null, lease_epoch = lease_epoch + 1');
  await until('the loss is noticed', () => running.events.some((event) => event.type === 'lanes-lost'));
  const noticed = await heartbeats();
  await until('heartbeats go on', async () => (await heartbeats()).getTime() > noticed.getTime() + 300);
  goOn.open();
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);
  expect(mostUnderWay).toBe(1);
});

it('finishes the batch in flight when told to stop, so that the next relay repeats nothing', async () => {
  await using bench = await relayBench(2);
  const events = Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, version: 1 }));
  await plant(bench.admin, bench.topic, 2, events);
  const sending = closedGate();
  const goOn = closedGate();
  const first = bench.startRelay({
    settings: { patienceMs: 20 },
    through: intercept({
      async before() {
        sending.open();
        await goOn.passed;
      },
    }),
  });
  await sending.passed;
  expect(first.relay.status).toMatchObject({ state: 'running', eventsInFlight: 20 });
  const stopped = first.stop();
  goOn.open();
  await stopped;

  expect(await pendingEvents(bench.admin)).toBe(0);
  const second = bench.startRelay();
  await plant(bench.admin, bench.topic, 2, [{ key: 'k0', version: 2 }]);
  await until('the rest is published', async () => (await pendingEvents(bench.admin)) === 0);
  await second.stop();
  expect(await readRecords(bench.brokers, [bench.topic])).toHaveLength(21);
});
