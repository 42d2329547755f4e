import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { readEventStates } from '../operations/reconcile/events.sql.ts';
import { readLaneEdges } from '../operations/reconcile/receipts.sql.ts';
import type { Queryable } from '../relay/relay-database.ts';
import { type Plan, innerPlans, planOf, type Scan } from './plans.fixture.ts';

const FEW = 40_000;
const MANY = 400_000;

/** Pages, of an index with ten times as many entries. */
const A_LEVEL_MORE = 1;

/** Such a statement takes milliseconds; one that reads everything once per event would take minutes. */
const STATEMENT_ENDS_AFTER_MS = 30_000;

/** Of each kind one of the first events: what comes after it must not matter. */
const keys = {
  fresh: 'k30001',
  late: 'k30000',
  parked: 'k30050',
  pending: 'k30075',
  unknown: 'nobody',
};

it('given 40,000 events and receipts, and ten times as many: where one is takes an index read of its day’s events and two of each day’s receipts, each at most a page longer', async () => {
  await using database = await createOrderDatabase();
  const admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
  try {
    await keepAutovacuumAway(admin);
    await append(admin, 1, FEW);
    const few = await lookForEach(admin);
    const pageOfFew = await reconcilePage(database);
    const edgesOfFew = await laneEdges(database);
    await append(admin, FEW + 1, MANY);
    const many = await lookForEach(admin);
    await analyzeWhatIsLarge(admin);
    const analyzed = await lookForEach(admin);
    const pageOfMany = await reconcilePage(database);
    const edgesOfMany = await laneEdges(database);

    process.stderr.write(`500 events to reconcile: ${pageOfFew.pages} and ${pageOfMany.pages} pages\n`);
    expect(readThrough(pageOfMany)).toEqual([]);
    expect(pageOfMany.pages).toBeLessThanOrEqual(pageOfFew.pages * 1.1);
    expect(readThrough(edgesOfMany)).toEqual([]);
    expect(edgesOfMany.pages).toBeLessThanOrEqual(edgesOfFew.pages + 2 * A_LEVEL_MORE);
    const reads = await expectedReads(admin);
    process.stderr.write(
      `${FEW}: ${told(few)}; ${MANY}: ${told(many)}; with statistics: ${told(analyzed)}\n`,
    );
    for (const [kind, before] of few) {
      const pagesAtMost = byTable(before, ({ pages }) => pages + A_LEVEL_MORE);
      for (const look of [before, many.get(kind), analyzed.get(kind)]) {
        const timesRead = byTable(look, () => 1);
        expect(timesRead, `tables read for a ${kind} event`).toEqual(reads);
        expect(readThrough(look), `tables read through for a ${kind} event`).toEqual(['outbox_lane']);
        const pages = byTable(look, (scan) => scan.pages);
        expect(grown(pages, pagesAtMost), `tables that cost more for a ${kind} event`).toEqual([]);
      }
    }
  } finally {
    await admin.end();
  }
}, 300_000);

/** What it has been at costs a page more, that of the visibility map: which looks those are must not be left to its clock. */
async function keepAutovacuumAway(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query(
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relname like 'outbox%'`,
  );
  for (const { name } of rows) await admin.query(`alter table ${name} set (autovacuum_enabled = off)`);
}

/** A receipt each, of which one in a hundred is of an event that committed late; as many are parked, or pending. */
async function append(admin: pg.Client, from: number, to: number): Promise<void> {
  await admin.query(`
    insert into outbox (lane, topic, key, version, type, payload, headers)
    select 1, 'order_placed', 'k' || n, 1, 't', '{}', '{}' from generate_series(${from}, ${to}) n;
    insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, kind)
    select 1, seq, pg_current_snapshot(), 0, 1, seq + 1000, seq, seq, array[seq],
           case when seq % 100 = 0 then 'late' else 'fresh' end
    from generate_series(${from}, ${to}) seq where seq % 100 not in (50, 75);
    insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
    select lane, seq, topic, key, version, type, payload, headers, created_at, 'MESSAGE_TOO_LARGE', 1
    from outbox where seq between ${from} and ${to} and seq % 100 = 50`);
}

type Looks = ReadonlyMap<string, Plan>;

async function lookForEach(admin: pg.Client): Promise<Looks> {
  const looks = new Map<string, Plan>();
  for (const [kind, key] of Object.entries(keys)) {
    const [look, ...others] = await innerPlans(admin, 'select * from outbox_delivery($1)', [key]);
    if (look === undefined || others.length > 0)
      throw new Error('outbox_delivery() is one statement no more');
    looks.set(kind, look);
  }
  return looks;
}

/** As the nightly job reads a page of events with the state of each; by then the day has statistics. */
function reconcilePage(database: TestDatabase): Promise<Plan> {
  return planForJobs(database, (session) => readEventStates(session, 1, 29_800n, new Date(0), 500));
}

/** As it asks from where on a lane has all its events. */
function laneEdges(database: TestDatabase): Promise<Plan> {
  return planForJobs(database, (session) => readLaneEdges(session, 1, new Date(0)));
}

async function planForJobs(
  database: TestDatabase,
  ask: (session: Queryable) => Promise<unknown>,
): Promise<Plan> {
  const client = new pg.Client({
    connectionString: database.urlFor('waybill_jobs'),
    statement_timeout: STATEMENT_ENDS_AFTER_MS,
  });
  await client.connect();
  try {
    const plans: Plan[] = [];
    const explaining: Queryable = {
      query: async ({ text, values }) => {
        plans.push(await planOf(client, text, values));
        return { rows: [] };
      },
    };
    await ask(explaining);
    const [plan] = plans;
    if (plan === undefined) throw new Error('It asked nothing');
    return plan;
  } finally {
    await client.end();
  }
}

/** As autovacuum does sooner or later, and not with days that have not come. */
async function analyzeWhatIsLarge(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query(
    `select relname from pg_class where relkind = 'r' and relname like 'outbox%' and pg_relation_size(oid) > 100000`,
  );
  for (const { relname } of rows) await admin.query(`analyze ${relname}`);
}

/** How often each table is read, in the plan: for an event, for its receipts, and what else there is to say. */
async function expectedReads(admin: pg.Client): Promise<Record<string, number>> {
  const { rows } = await admin.query(
    `select inhrelid::regclass::text as day, inhparent::regclass::text as parent from pg_inherits
     where inhparent in ('outbox'::regclass, 'outbox_progress'::regclass)`,
  );
  const ofDays = rows.map(({ day, parent }) => [day, parent === 'outbox' ? 1 : 2]);
  return { ...Object.fromEntries(ofDays), outbox_lane: 1, outbox_parked: 2, outbox_log_loss: 1 };
}

function byTable(look: Plan | undefined, count: (scan: Scan) => number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const scan of look?.scans ?? []) sums[scan.table] = (sums[scan.table] ?? 0) + count(scan);
  return sums;
}

/** Without an index. The lanes are a page. */
function readThrough(look: Plan | undefined): string[] {
  return (look?.scans ?? []).filter(({ kind }) => kind === 'Seq Scan').map(({ table }) => table);
}

function grown(pages: Record<string, number>, atMost: Record<string, number>): string[] {
  return Object.entries(pages)
    .filter(([table, read]) => read > (atMost[table] ?? 0))
    .map(([table, read]) => `${table}: ${read} pages, and not ${atMost[table]}`);
}

function told(looks: Looks): string {
  return [...looks].map(([kind, { pages }]) => `${kind} ${pages}`).join(', ');
}
