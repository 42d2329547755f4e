import pg from 'pg';
import { expect, it } from 'vitest';
import { defaultRelaySettings } from '@waybill/outbox/relay';
import { appendEvents, createKeys } from '../bench/relay/events.sql.ts';
import { readBack } from '../bench/relay/read-back.ts';
import { isDrained } from '../bench/relay/receipts.sql.ts';
import { type RelayBench, relayBench, type RunningRelay, until } from './bench.ts';
import { pendingEvents } from './outbox-rows.ts';

const PARTITIONS = 4;
const EVENTS = 1_000_000;

it('given a million events that a relay publishes, and drops when they are old: no row of theirs was changed or is dead, and their space is given back', async () => {
  await using bench = await relayBench(PARTITIONS);
  await forgetCounts(bench);
  const bytesAtFirst = await bytesOf(bench);

  const from = performance.now();
  const publishing = bench.startRelay();
  await publishAMillion(bench);
  // A connection tells its counts at the latest when it ends.
  await publishing.stop();
  const beats = Math.ceil((performance.now() - from) / defaultRelaySettings.heartbeatMs) + 1;
  expect(await pendingEvents(bench.admin)).toBe(0);
  expect(await readBack(bench.brokers, bench.topic)).toMatchObject({ inOrder: EVENTS, early: 0 });

  const untouched = { updated: 0, deleted: 0, dead: 0 };
  expect(await tuplesOf(bench, 'outbox')).toEqual({ inserted: EVENTS, ...untouched });
  // Just as many as there are: nothing was there for vacuum, which may have come by, to take away.
  const receipts = await receiptsOf(bench);
  expect(await tuplesOf(bench, 'outbox_progress')).toEqual({ inserted: receipts, ...untouched });
  const sessions = 1 + publishing.events.filter(({ type }) => type === 'session-ended').length;
  const lanes = await tuplesOf(bench, 'outbox_lane');
  // At a grant, when its owner reads where the lane stands, and when it is given back; never as it gets on.
  expect(lanes.updated).toBeLessThanOrEqual(3 * PARTITIONS * sessions);
  const relays = await tuplesOf(bench, 'outbox_relay');
  expect(relays.updated).toBeLessThanOrEqual(beats + sessions);

  const bytesFull = await bytesOf(bench);
  expect(bytesFull - bytesAtFirst).toBeGreaterThan(500_000_000);
  const days = await daysWithRows(bench);
  expect(days.length).toBeGreaterThan(1);
  await putRetentionsClockAhead(bench);
  const dropping = bench.startRelay({ settings: { upkeepRetryMs: 100 } });
  await until('its days are dropped', () => new Set(days).isSubsetOf(droppedBy(dropping)), 120_000);
  await dropping.stop();
  const bytesAtLast = await bytesOf(bench);
  process.stderr.write(
    `${receipts} receipts, ${lanes.updated} updates of lanes, ${relays.updated} heartbeats; ${(bytesFull / 1e6).toFixed(0)} MB, and ${(bytesAtLast / 1e6).toFixed(1)} MB when they were dropped\n`,
  );
  expect(bytesAtLast - bytesAtFirst).toBeLessThan(500_000);
  expect(await tuplesOf(bench, 'outbox')).toMatchObject(untouched);
  expect(await tuplesOf(bench, 'outbox_progress')).toMatchObject(untouched);
}, 600_000);

interface Tuples {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly dead: number;
}

/** Of a table, or of all days of one, as PostgreSQL counted them. */
async function tuplesOf({ admin }: RelayBench, table: string): Promise<Tuples> {
  const { rows } = await admin.query<Tuples>(
    `select sum(n_tup_ins)::int as inserted, sum(n_tup_upd)::int as updated, sum(n_tup_del)::int as deleted,
            sum(n_dead_tup)::int as dead
     from pg_stat_user_tables
     where relid = $1::regclass or relid in (select relid from pg_partition_tree($1::regclass))`,
    [table],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no statistics');
  return row;
}

/** The bench itself deletes the progress of the lanes that it replaces. Its connection has ended, and told. */
async function forgetCounts({ admin }: RelayBench): Promise<void> {
  await admin.query('vacuum outbox_progress, outbox_lane');
  await admin.query('select pg_stat_reset()');
}

/** Of all tables of the outbox, with their indexes. */
async function bytesOf({ admin }: RelayBench): Promise<number> {
  const { rows } = await admin.query(
    `select sum(pg_total_relation_size(relid))::float8 as bytes from pg_stat_user_tables where relname like 'outbox%'`,
  );
  return rows[0].bytes;
}

/** All progress but for what each lane begins with. */
async function receiptsOf({ admin }: RelayBench): Promise<number> {
  const { rows } = await admin.query(
    'select count(*)::int as receipts from outbox_progress where seqs is not null',
  );
  return rows[0].receipts;
}

/** They come as from writers, a thousand rows a transaction, while the relay publishes. */
async function publishAMillion({ database, topic, partitions }: RelayBench): Promise<void> {
  const load = { topic, partitions, events: EVENTS, payloadBytes: 150, rowsPerTransaction: 1_000 };
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  try {
    await createKeys(client, load);
    await appendEvents(client, load);
    await until('everything is published', () => isDrained(client), 420_000);
  } finally {
    await client.end();
  }
}

async function daysWithRows({ admin }: RelayBench): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    `select relname as name from pg_stat_user_tables where relname ~ '^outbox(_progress)?_p\\d+$' and n_tup_ins > 0`,
  );
  return rows.map(({ name }) => name);
}

/** Nine days, for what drops days and nothing else. */
async function putRetentionsClockAhead({ admin }: RelayBench): Promise<void> {
  await admin.query(
    `do $$ declare reader regprocedure; begin
       foreach reader in array array['outbox_old_days(integer)', 'outbox_drop_partition(text, integer)']::regprocedure[] loop
         execute replace(pg_get_functiondef(reader), 'clock_timestamp()', 'clock_timestamp() + interval ''9 days''');
       end loop;
     end $$`,
  );
}

function droppedBy({ events }: RunningRelay): Set<string> {
  return new Set(events.flatMap((event) => (event.type === 'days-dropped' ? event.partitions : [])));
}
