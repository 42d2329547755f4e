import { expect, it } from 'vitest';
import { partitionOf } from '@waybill/outbox';
import { relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

it('publishes committed events once, in order, to the partition of their key, with a receipt that names the offset', async () => {
  await using bench = await relayBench(4);
  const keys = Array.from({ length: 50 }, (_, index) => `order-${index}`);
  for (let version = 1; version <= 3; version += 1) {
    await plant(
      bench.admin,
      bench.topic,
      4,
      keys.map((key) => ({ key, version })),
    );
  }

  const running = bench.startRelay();
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);

  const { rows } = await bench.admin.query(
    `select d.* from unnest($1::text[]) k cross join lateral outbox_delivery(k) d`,
    [keys],
  );
  expect(rows).toHaveLength(150);
  expect(new Set(rows.map((row) => `${row.partition}/${row.offset}`)).size).toBe(150);
  const sample = await bench.admin.query(`select * from outbox_delivery('order-7')`);
  expect(sample.rows.map((row) => [row.version, row.state, row.partition])).toEqual([
    [1, 'published', partitionOf('order-7', 4)],
    [2, 'published', partitionOf('order-7', 4)],
    [3, 'published', partitionOf('order-7', 4)],
  ]);
  expect(running.events.map((event) => event.type)).toEqual(['lanes-granted']);
});

it('records the sends of one cycle in one transaction', async () => {
  await using bench = await relayBench(8);
  // A send without an answer in time goes on alone and is recorded by itself, which is not what is asked here.
  const { relay } = bench.startRelay({ settings: { patienceMs: 60_000 } });
  await until(
    'the relay holds every lane',
    () => relay.status.state === 'running' && relay.status.lanes === 8,
  );
  const keys = Array.from({ length: 100 }, (_, index) => `order-${index}`);
  const keysOfEach = [...Map.groupBy(keys, (key) => partitionOf(key, 8)).values()];

  await plant(
    bench.admin,
    bench.topic,
    8,
    keysOfEach.map(([key = '']) => ({ key, version: 1 })),
  );
  relay.ring();
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);

  const { rows } = await bench.admin.query(
    `select count(*)::int as receipts, count(distinct lane)::int as lanes, count(distinct xmin::text)::int as transactions
     from outbox_progress where base_offset is not null`,
  );
  expect(rows).toEqual([{ receipts: 8, lanes: 8, transactions: 1 }]);
});

it('gives a receipt the time of the acknowledgement, whatever its transaction has to wait for', async () => {
  await using bench = await relayBench(1);
  const { relay } = bench.startRelay({ settings: { pollMinMs: 3_600_000, pollMaxMs: 3_600_000 } });
  await until('the relay holds the lane', () => relay.status.state === 'running' && relay.status.lanes === 1);
  const locking = await bench.admin.connect();
  await locking.query('begin');
  await locking.query('select from outbox_lane for update');

  await plant(bench.admin, bench.topic, 1, [{ key: 'a', version: 1 }]);
  relay.ring();
  await until('the commit waits for the lane', async () => {
    const { rowCount } = await bench.admin.query(`
      select from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%insert into outbox_progress%'
        and clock_timestamp() > query_start + interval '300 ms'`);
    return rowCount === 1;
  });
  const { rows } = await locking.query<{ now: Date }>('select clock_timestamp() as now');
  await locking.query('commit');
  locking.release();
  await until('it is published', async () => (await pendingEvents(bench.admin)) === 0);

  const sample = await bench.admin.query<{ published_at: Date }>(
    `select published_at from outbox_delivery('a')`,
  );
  const waited = Number(rows[0]?.now) - Number(sample.rows[0]?.published_at);
  expect(waited).toBeGreaterThan(290);
});
