import { expect, it } from 'vitest';
import { type RelayBench, relayBench, until } from './bench.ts';
import { pendingEvents, plant } from './outbox-rows.ts';

const PARTITIONS = 4;
const KEYS = 1_000;
const VERSIONS = 20;

interface Tuples {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly dead: number;
}

/** Of all days of this table, as PostgreSQL counted them. */
async function tuplesOf({ admin }: RelayBench, table: 'outbox' | 'outbox_progress'): Promise<Tuples> {
  const { rows } = await admin.query<Tuples>(
    `select sum(n_tup_ins)::int as inserted, sum(n_tup_upd)::int as updated, sum(n_tup_del)::int as deleted,
            sum(n_dead_tup)::int as dead
     from pg_stat_user_tables where relid in (select inhrelid from pg_inherits where inhparent = $1::regclass)`,
    [table],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no statistics');
  return row;
}

it('given 20,000 events that a relay published: no row of theirs was changed, and none is dead', async () => {
  await using bench = await relayBench(PARTITIONS);
  const running = bench.startRelay();
  for (let version = 1; version <= VERSIONS; version += 1) {
    const events = Array.from({ length: KEYS }, (_, at) => ({ key: `k${at}`, version }));
    await plant(bench.admin, bench.topic, PARTITIONS, events);
  }
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0, 120_000);
  const receipts = await bench.admin.query('select from outbox_progress');
  // A connection tells its counts at the latest when it ends.
  await running.stop();
  await bench.admin.query('select pg_stat_force_next_flush()');
  await until(
    'the relay’s inserts are counted',
    async () =>
      (await tuplesOf(bench, 'outbox_progress')).inserted >= (receipts.rowCount ?? 0) &&
      (await tuplesOf(bench, 'outbox')).inserted >= KEYS * VERSIONS,
  );
  const untouched = { updated: 0, deleted: 0, dead: 0 };
  expect(await tuplesOf(bench, 'outbox')).toEqual({ inserted: KEYS * VERSIONS, ...untouched });
  // relayBench itself deletes the progress of the lanes that it replaces.
  expect(await tuplesOf(bench, 'outbox_progress')).toMatchObject({ updated: 0 });
});
