import pg from 'pg';
import { expect, it } from 'vitest';
import { countDuplicates, judge, readOutbox, readRecords } from '../checker/index.ts';
import { relayBench, until } from '../relay/bench.ts';
import { pendingEvents } from '../relay/outbox-rows.ts';
import { unexplainedRepeats } from './batches-at-risk.ts';
import { CrashingRelay } from './crashing-relay.ts';
import { bulkInsert, createAggregates, holdOpen, runWriters, type WriterPlan } from './writers.ts';

const WRITERS = 24;
const BULK_EVENTS = 50_000;
const WRITTEN_EVENTS = 55_000;
/** More than the relay reads at once, so that it has to drain them. */
const QUIET_BULK_EVENTS = 10_000;
const KEYS = 20_000;
const CRASHES = 8;

/**
 * The cursor against everything that makes a plain one lose rows: transactions that commit out of sequence, one that
 * is open throughout, a bulk that commits late, and a relay that dies between acknowledgement and commit.
 */
it('loses nothing, keeps the order per key and repeats no more than the crashes had in flight', async () => {
  await using bench = await relayBench(8);
  const pool = new pg.Pool({ connectionString: bench.database.urlFor('superuser'), max: WRITERS + 4 });
  await using _pool = { [Symbol.asyncDispose]: () => pool.end() };
  await createAggregates(pool, KEYS);
  const plan: WriterPlan = {
    topic: bench.topic,
    partitions: bench.partitions,
    writers: WRITERS,
    keys: KEYS,
    events: WRITTEN_EVENTS,
  };
  const tally = { committed: 0, rolledBack: 0, isOver: false };
  using _over = { [Symbol.dispose]: () => void (tally.isOver = true) };
  const written = (part: number) => () => tally.isOver || tally.committed >= WRITTEN_EVENTS * part;

  await using relay = new CrashingRelay(bench.database.urlFor('waybill_relay'), bench.brokers[0] ?? '');
  await using held = await holdOpen(pool, plan, 'held-open');
  relay.start();
  const bulk = bulkInsert(pool, plan, BULK_EVENTS, () => until('the bulk commits', written(0.6), 120_000));
  const writing = runWriters(pool, plan, tally);
  for (let crash = 1; crash <= CRASHES; crash += 1) {
    await until(`crash ${crash}`, written((crash * 0.95) / CRASHES), 120_000);
    await relay.crash('after the send, before the commit');
    relay.start();
  }
  await Promise.all([writing, bulk]);
  await held.commit();
  await until('everything is published', async () => (await pendingEvents(pool)) === 0, 60_000);
  await relay.stop();

  const outbox = await readOutbox(bench.database.urlFor('superuser'));
  const facts = { ...outbox, records: await readRecords(bench.brokers, [bench.topic]) };
  expect(judge(facts)).toEqual([]);
  expect(facts.events.length).toBe(tally.committed + BULK_EVENTS + 1);
  expect(facts.events.length).toBeGreaterThan(100_000);
  expect(tally.rolledBack).toBeGreaterThan(1_000);
  expect(relay.crashes).toBe(CRASHES);
  expect(countDuplicates(facts.records).total).toBeGreaterThan(0);
  expect(unexplainedRepeats(facts.records, [relay.atRisk]).slice(0, 5)).toEqual([]);
}, 240_000);

it('publishes nothing twice while nothing crashes', async () => {
  await using bench = await relayBench(8);
  const pool = new pg.Pool({ connectionString: bench.database.urlFor('superuser'), max: WRITERS + 4 });
  await using _pool = { [Symbol.asyncDispose]: () => pool.end() };
  await createAggregates(pool, 200);
  const plan = { topic: bench.topic, partitions: 8, writers: WRITERS, keys: 200, events: 5_000 };
  const tally = { committed: 0, rolledBack: 0, isOver: false };
  await using held = await holdOpen(pool, plan, 'held-open');
  const running = bench.startRelay();
  const bulk = bulkInsert(pool, plan, QUIET_BULK_EVENTS, () =>
    until('the bulk commits', () => tally.isOver || tally.committed >= plan.events / 2, 60_000),
  );
  await runWriters(pool, plan, tally);
  await bulk;
  await held.commit();
  await until('everything is published', async () => (await pendingEvents(pool)) === 0);
  await running.stop();

  const outbox = await readOutbox(bench.database.urlFor('superuser'));
  const records = await readRecords(bench.brokers, [bench.topic]);
  expect(judge({ ...outbox, records })).toEqual([]);
  expect(records.length).toBe(tally.committed + QUIET_BULK_EVENTS + 1);

  // A drain stores a position again and again; a later bound would have each read go through what came meanwhile.
  const bounds = await bench.admin.query(
    `select max(stored) as most, max(bounds) as bounds
     from (select count(*)::int as stored, count(distinct late_before)::int as bounds
           from outbox_progress group by lane, position) at`,
  );
  expect(bounds.rows).toEqual([{ most: expect.any(Number), bounds: 1 }]);
  expect(bounds.rows[0].most).toBeGreaterThan(1);
}, 120_000);
