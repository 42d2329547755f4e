import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { planOf } from './plans.fixture.ts';

let database: TestDatabase;
let admin: pg.Client;
let api: pg.Client;

const EVENTS = 60_000;
const RECEIPTS = 40_000;

/**
 * One lane with a receipt for every event up to RECEIPTS but for some that are left out: pending behind the position
 * (10), parked (20), late (30), redriven (40) and lost with its log (50).
 */
beforeAll(async () => {
  database = await createOrderDatabase();
  admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  api = new pg.Client({ connectionString: database.urlFor('waybill_api') });
  await admin.connect();
  await api.connect();
  await admin.query(`
    insert into outbox (lane, topic, key, version, type, payload, headers)
    select 1, 'order_placed', 'k' || n, 1, 't', '{}', '{}' from generate_series(1, ${EVENTS}) n;
    insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, kind)
    select 1, seq, pg_current_snapshot(), 0, 1, seq + 1000, seq, seq, array[seq], 'fresh'
    from generate_series(1, ${RECEIPTS}) seq where seq not in (10, 20, 30, 40, 50);
    insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, kind)
    select 1, 30, pg_current_snapshot(), 0, case seq when 50 then 0 else 1 end, 500000 + seq, seq, seq, array[seq], kind
    from (values (30, 'late'), (40, 'redrive'), (50, 'late')) as scattered (seq, kind);
    insert into outbox_log_loss (lane, log_generation, base_offset, lost_from, lost_to) values (1, 1, 500000, 500000, 500050);
    insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
    select lane, seq, topic, key, version, type, payload, headers, created_at, 'MESSAGE_TOO_LARGE', 1 from outbox where seq = 20;
    analyze outbox; analyze outbox_progress`);
}, 120_000);

afterAll(async () => {
  await admin.end();
  await api.end();
  await database[Symbol.asyncDispose]();
});

async function deliveryOf(key: string) {
  const { rows } = await api.query(
    `select state, reason, partition, "offset"::int as "offset" from outbox_delivery($1)`,
    [key],
  );
  return rows;
}

describe('where an event is', () => {
  it.each([
    [
      'published, by the receipt that holds it',
      'k21',
      { state: 'published', reason: null, partition: 0, offset: 1021 },
    ],
    ['published though it committed late', 'k30', { state: 'published', partition: 0, offset: 500_030 }],
    ['published after it was parked', 'k40', { state: 'published', partition: 0, offset: 500_040 }],
    ['pending behind the position', 'k10', { state: 'pending', partition: null, offset: null }],
    ['pending beyond the position', `k${EVENTS}`, { state: 'pending', partition: null, offset: null }],
    ['parked, with the reason', 'k20', { state: 'parked', reason: 'MESSAGE_TOO_LARGE', offset: null }],
    ['lost with its log', 'k50', { state: 'lost', partition: 0, offset: 500_050 }],
  ])('is said: %s', async (_what, key, expected) => {
    const rows = await deliveryOf(key);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject(expected);
  });

  it('is nowhere for a key that nobody wrote', async () => {
    expect(await deliveryOf('nobody')).toEqual([]);
  });

  it.each(['k1', 'k10', 'k20', 'k30', 'k50', `k${RECEIPTS}`, `k${EVENTS}`])(
    'costs a few pages for %s, however many receipts there are',
    async (key) => {
      const { pages } = await planOf(admin, 'select * from outbox_delivery($1)', [key]);
      // Index pages of every day's partition; a scan of the receipts would be over a thousand.
      expect(pages).toBeLessThan(250);
    },
  );

  it('is told of a parked event whose day has been dropped', async () => {
    await admin.query(`delete from outbox where key = 'k20'`);
    expect(await deliveryOf('k20')).toMatchObject([{ state: 'parked', reason: 'MESSAGE_TOO_LARGE' }]);
  });
});
