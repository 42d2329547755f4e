import pg from 'pg';
import { expect, it } from 'vitest';
import { createOldDays, type OldDays, partitionOfDay } from '../retention/old-days.fixture.ts';
import { type Plan, innerPlans } from './plans.fixture.ts';

const DAYS_AGO = 9;
const FEW = 4_000;
const MANY = 40_000;

/** Of the relay's read, each with an index scan for each lane: fresh, begun later, open then. */
const BRANCHES = 3;

it('given an old day without statistics, and ten times as many published events: whether it may go takes a page more per index scan at most', async () => {
  await using days = await createOldDays();
  await days.makeDay(DAYS_AGO);
  // It may have much else to do.
  await days.admin.query(`alter table ${partitionOfDay('outbox', DAYS_AGO)} set (autovacuum_enabled = off)`);
  const { rowCount: lanes } = await days.admin.query('select from outbox_lane');
  await publish(days, FEW);
  const few = await look(days);
  await publish(days, MANY - FEW);
  const many = await look(days);

  for (const { scans } of [few, many]) {
    expect(scans.map(({ kind }) => kind)).toEqual(Array(BRANCHES).fill('Index Only Scan'));
    expect(
      scans.filter(({ pages }) => pages === 0),
      'branches that nothing was asked of',
    ).toEqual([]);
  }
  expect(many.pages - few.pages).toBeLessThanOrEqual(BRANCHES * Number(lanes));
});

it('given an old day that a dump brought from another cluster: whether it may go takes no look at each of its events', async () => {
  await using days = await createOldDays();
  await days.makeDay(DAYS_AGO);
  await write(days, { events: MANY, xid: `('9' || n)::xid8` });
  const { rows } = await days.admin.query('select max(seq) as floor from outbox');
  await write(days, { events: FEW, xid: 'pg_current_xact_id()' });
  await recordProgress(days, rows[0].floor);

  const { pages } = await look(days);
  expect(pages).toBeLessThan(MANY / 10);
});

it('given a transaction that is open and has written to an old day: whether it may go takes no look at what it wrote', async () => {
  await using days = await createOldDays();
  await days.makeDay(DAYS_AGO);
  await using bulk = await days.begin();
  await write({ admin: bulk.client }, { events: MANY, xid: 'pg_current_xact_id()' });
  const { rows } = await bulk.client.query('select pg_current_xact_id()::text as xid');
  await write(days, { events: FEW, xid: 'pg_current_xact_id()' });
  await recordProgress(days, '0', rows[0].xid);

  const { pages } = await look(days);
  expect(pages).toBeLessThan(MANY / 10);
});

async function publish(days: OldDays, events: number): Promise<void> {
  await write(days, { events, xid: 'pg_current_xact_id()' });
  await recordProgress(days, '0');
}

async function write(
  { admin }: { readonly admin: Pick<pg.Pool, 'query'> },
  { events, xid }: { readonly events: number; readonly xid: string },
): Promise<void> {
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at, xid)
     select l.lane, 'order_placed', 'k' || n, 1, 't', '{}', '{}', now() - interval '${DAYS_AGO} days', ${xid}
     from generate_series(1, ${events}) n
     join (select lane, row_number() over () - 1 as nth, count(*) over () as lanes from outbox_lane) l on l.nth = n % l.lanes`,
  );
}

/**
 * As of a snapshot with one transaction in progress: those of other databases are left out.
 *
 * @param inProgress by default one that has ended since
 */
async function recordProgress({ admin }: OldDays, floor: string, inProgress?: string): Promise<void> {
  const { rows } = await admin.query('select pg_current_xact_id()::text as ended');
  await admin.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation)
     select lane, max(seq), format('%1$s:%2$s:%1$s', $2::text, pg_current_xact_id())::pg_snapshot, $1::bigint, 0
     from outbox group by lane`,
    [floor, inProgress ?? rows[0].ended],
  );
}

/** What it costs to find nothing in the day. */
async function look({ database }: OldDays): Promise<Plan> {
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  try {
    const day = partitionOfDay('outbox', DAYS_AGO);
    const { rows } = await client.query('select outbox_unpublished_lanes($1) as lanes', [day]);
    expect(rows).toEqual([{ lanes: null }]);
    const plans = await innerPlans(client, 'select outbox_unpublished_lanes($1)', [day]);
    const ofDay = plans.find(({ scans }) => scans.some(({ table }) => table === day));
    if (ofDay === undefined) throw new Error(`${day} was not looked at`);
    return ofDay;
  } finally {
    await client.end();
  }
}
