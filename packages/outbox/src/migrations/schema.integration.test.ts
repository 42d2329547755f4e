import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoleName } from '../../../../infra/postgres/roles.ts';
import { insertEvents } from '../insert-events.sql.ts';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';

let database: TestDatabase;
const clients = new Map<string, pg.Client>();

beforeAll(async () => {
  database = await createOrderDatabase();
});

afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.end()));
  await database[Symbol.asyncDispose]();
});

async function as(role: RoleName | 'superuser'): Promise<pg.Client> {
  const known = clients.get(role);
  if (known !== undefined) return known;
  const client = new pg.Client({ connectionString: database.urlFor(role) });
  await client.connect();
  clients.set(role, client);
  return client;
}

const insert = `insert into outbox (lane, topic, key, version, type, payload, headers) values (1, 'order_placed', $1, $2, 't', '{}', '{}')`;
const { sql, params } = insertEvents([
  { lane: 1, topic: 'order_placed', key: 'k', version: 1, type: 't', payload: '{}', headers: {} },
]);
const denied = /permission denied/;

describe('grants', () => {
  it.each<[RoleName, string]>([
    [
      'waybill_api',
      `insert into outbox (lane, topic, key, version, type, payload, headers, seq) overriding system value values (1, 't', 'k', 1, 't', '{}', '{}', 1)`,
    ],
    [
      'waybill_api',
      `insert into outbox (lane, topic, key, version, type, payload, headers, xid) values (1, 't', 'k', 1, 't', '{}', '{}', '1')`,
    ],
    [
      'waybill_api',
      `insert into outbox (lane, topic, key, version, type, payload, headers, created_at) values (1, 't', 'k', 1, 't', '{}', '{}', now())`,
    ],
    ['waybill_api', 'select * from outbox'],
    ['waybill_api', `update outbox set payload = ''`],
    ['waybill_api', 'delete from outbox'],
    ['waybill_api', 'select * from outbox_progress'],
    ['waybill_api', 'select owner from outbox_lane'],
    ['waybill_api', 'update outbox_lane set paused = true'],
    ['waybill_api', 'select outbox_make_partitions(1)'],
    ['waybill_api', `select outbox_add_topic('t', 1)`],
    ['waybill_relay', insert.replace('$1', `'k'`).replace('$2', '1')],
    ['waybill_relay', `update outbox set payload = ''`],
    ['waybill_relay', 'delete from outbox'],
    ['waybill_relay', 'update outbox_progress set position = 0'],
    ['waybill_relay', 'delete from outbox_progress'],
    ['waybill_relay', `update outbox_lane set topic = 't'`],
    ['waybill_relay', 'select outbox_rebase()'],
    ['waybill_relay', `select outbox_raise_epoch('kim', 'why')`],
    ['waybill_jobs', `select outbox_raise_epoch('kim', 'why')`],
    ['waybill_api', 'select * from outbox_old_days(7)'],
    ['waybill_ops', `select outbox_drop_partition('outbox_default', 7)`],
    ['waybill_relay', 'select * from orders'],
    ['waybill_relay', 'select * from users'],
    ['waybill_ops', 'select payload from outbox'],
    ['waybill_ops', 'select * from users'],
    ['waybill_jobs', 'select payload from outbox'],
  ])('%s may not: %s', async (role, statement) => {
    await expect((await as(role)).query(statement)).rejects.toThrow(denied);
  });

  it('lets the API write an event and read its delivery, and nothing else is needed', async () => {
    const api = await as('waybill_api');
    await api.query(insert, ['granted', 1]);
    const { rows } = await api.query(`select state, version from outbox_delivery('granted')`);
    expect(rows).toEqual([{ state: 'pending', version: 1 }]);
  });
});

describe('an event row', () => {
  it.each([
    ['an empty key', ['', 1], /ck_outbox_key_bytes/],
    ['a key of 256 bytes', ['k'.repeat(256), 1], /ck_outbox_key_bytes/],
    ['version 0', ['k', 0], /ck_outbox_version_positive/],
  ])('cannot have %s', async (_what, values, error) => {
    await expect((await as('waybill_api')).query(insert, values)).rejects.toThrow(error);
  });
});

/**
 * The relay takes a row for late only if its transaction began before the position was stored (`BoundedCursor`): that
 * holds because whoever draws a number has its transaction id.
 */
it.each([
  ['one event', { text: insert, values: ['k', 1] }],
  ['events of a unit of work', { text: sql.replace('?', '$1'), values: [...params] }],
])('%s: its transaction has an id before it has a number', async (_what, statement) => {
  const superuser = await as('superuser');
  const api = await as('waybill_api');
  const { rows } = await api.query<{ pid: number }>('select pg_backend_pid() as pid');
  const locksOf = async (state: 'granted' | 'not granted'): Promise<string[]> => {
    const locks = await superuser.query<{ locktype: string }>(
      `select locktype from pg_locks where pid = $1 and ${state}`,
      [rows[0]?.pid],
    );
    return locks.rows.map(({ locktype }) => locktype);
  };

  await superuser.query('begin');
  try {
    await superuser.query('alter sequence outbox_seq_seq cache 1'); // until this ends, nobody draws a number
    const inserted = api.query(statement);
    await expect.poll(() => locksOf('not granted')).toEqual(['relation']);
    expect(await locksOf('granted')).toContain('transactionid');
    await superuser.query('rollback');
    await inserted;
  } finally {
    await superuser.query('rollback');
  }
});

describe('outbox_add_topic', () => {
  it('gives a topic one lane per partition with a progress of its own, once', async () => {
    const migrator = await as('waybill_migrator');
    await migrator.query(`select outbox_add_topic('refund_paid', 3)`);
    const { rows } = await migrator.query(
      `select l.partition, p.position::int, p.floor::int from outbox_lane l join outbox_progress p using (lane)
       where l.topic = 'refund_paid' order by l.partition`,
    );
    expect(rows).toEqual([0, 1, 2].map((partition) => ({ partition, position: 0, floor: 0 })));
    await expect(migrator.query(`select outbox_add_topic('refund_paid', 9)`)).rejects.toThrow(/new topic/);
    await expect(migrator.query(`select outbox_add_topic('empty', 0)`)).rejects.toThrow(/1 to 1000/);
  });
});

describe('outbox_make_partitions', () => {
  it('makes today and the days ahead for events and progress, and nothing twice', async () => {
    const jobs = await as('waybill_jobs');
    const again = await jobs.query('select made, blocked from outbox_make_partitions(7)');
    expect(again.rows).toEqual([{ made: 0, blocked: 0 }]);
    const further = await jobs.query('select made, blocked from outbox_make_partitions(9)');
    expect(further.rows).toEqual([{ made: 4, blocked: 0 }]);
    await expect(jobs.query('select outbox_make_partitions(61)')).rejects.toThrow(/0 to 60/);
  });

  it('lets new events into the partition of their day, with the indexes of the parent', async () => {
    const superuser = await as('superuser');
    await (await as('waybill_api')).query(insert, ['today', 1]);
    const { rows } = await superuser.query(
      `select tableoid::regclass::text as partition, 'outbox_p' || to_char(now() at time zone 'UTC', 'YYYYMMDD') as today,
              (select count(*)::int from pg_indexes i where i.tablename = o.tableoid::regclass::text) as indexes
       from outbox o where key = 'today'`,
    );
    expect(rows[0]).toMatchObject({ partition: rows[0].today, indexes: 3 });
  });

  it('goes on with later days when rows of one day are in the default partition already', async () => {
    const superuser = await as('superuser');
    const day = (ahead: number) =>
      `to_char((now() at time zone 'UTC')::date + ${ahead}, '"outbox_p"YYYYMMDD')`;
    const { rows } = await superuser.query(`select ${day(0)} as today, ${day(1)} as tomorrow`);
    await superuser.query(`drop table ${rows[0].today}, ${rows[0].tomorrow}`);
    await (await as('waybill_api')).query(insert, ['in-default', 1]);
    const result = await (await as('waybill_jobs')).query(
      'select made, blocked from outbox_make_partitions(1)',
    );
    expect(result.rows).toEqual([{ made: 1, blocked: 1 }]);
    const where = await superuser.query(
      `select tableoid::regclass::text as partition from outbox where key = 'in-default'`,
    );
    expect(where.rows).toEqual([{ partition: 'outbox_default' }]);
    await superuser.query('delete from outbox_default');
    await (await as('waybill_jobs')).query('select outbox_make_partitions(1)');
  });

  it('gives up after 50 ms rather than queue behind a reader of the default partition, and ahead of writers', async () => {
    const superuser = await as('superuser');
    await superuser.query('begin; lock table outbox_default in access share mode');
    const failing = (await as('waybill_jobs')).query('select outbox_make_partitions(12)');
    await expect(failing).rejects.toMatchObject({ code: '55P03' });
    await superuser.query('rollback');
    await (await as('waybill_jobs')).query('select outbox_make_partitions(12)');
  });
});
