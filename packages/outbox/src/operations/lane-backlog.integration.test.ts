/** One file for all that a lane’s backlog may be: the cases share one database, with a lane each. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoleName } from '../../../../infra/postgres/roles.ts';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { planOf } from '../migrations/plans.fixture.ts';
import { BACKLOG_CAP, type LaneBacklog, readLaneBacklog } from './lane-backlog.sql.ts';

let database: TestDatabase;
let pool: pg.Pool;

/** Each test has a lane of the one database to itself. */
let lane = 0;

beforeAll(async () => {
  database = await createOrderDatabase();
  pool = poolAs('superuser');
});

afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

function poolAs(role: RoleName | 'superuser'): pg.Pool {
  const connections = new pg.Pool({ connectionString: database.urlFor(role), max: 4 });
  connections.on('error', () => undefined);
  return connections;
}

function takeLane(): void {
  lane += 1;
}

type Connection = Pick<pg.PoolClient, 'query'>;

/** @returns the seq of an event just written to the test's lane */
async function write(connection: Connection, key: string, age = '0 s'): Promise<string> {
  const { rows } = await connection.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     values ($1, 'order_placed', $2, 1, 't', '{}', '{}', now() - $3::interval) returning seq`,
    [lane, key, age],
  );
  return rows[0].seq;
}

/** Says that the lane is published as far as this snapshot shows, as the relay's own progress would. */
async function advance(position: string): Promise<void> {
  await pool.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation)
     values ($1, $2, pg_current_snapshot(), 0, 2)`,
    [lane, position],
  );
}

async function backlog({ as = pool, cap = BACKLOG_CAP } = {}): Promise<LaneBacklog> {
  const found = (await readLaneBacklog(as, cap)).find((one) => one.lane === lane);
  if (found === undefined) throw new Error(`lane ${lane} is missing`);
  return found;
}

async function begin(): Promise<pg.PoolClient> {
  const client = await pool.connect();
  await client.query('begin');
  return client;
}

async function end(client: pg.PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  await client.query(how);
  client.release();
}

describe('the backlog of a lane', () => {
  it('is nothing when everything is published, and counts what is not, from the oldest on', async () => {
    takeLane();
    await advance(await write(pool, 'a', '90 min'));
    expect(await backlog()).toEqual({
      lane,
      topic: 'order_placed',
      partition: 0,
      pending: 0,
      oldestAgeMs: null,
      parked: 0,
      logGeneration: 2,
      isPaused: false,
      hasOwner: false,
    });

    await write(pool, 'b', '30 min');
    await write(pool, 'c');
    const { pending, oldestAgeMs } = await backlog();
    expect(pending).toBe(2);
    expect(oldestAgeMs).toBeGreaterThanOrEqual(30 * 60_000);
    expect(oldestAgeMs).toBeLessThan(31 * 60_000);
  });

  it('counts what commits behind the position, and neither what is open nor what was rolled back', async () => {
    takeLane();
    const [late, given] = [await begin(), await begin()];
    await write(late, 'late', '10 min');
    await write(given, 'given up');
    await advance(await write(pool, 'in time'));
    expect((await backlog()).pending).toBe(0);

    await end(given, 'rollback');
    expect((await backlog()).pending).toBe(0);
    await end(late, 'commit');
    const { pending, oldestAgeMs } = await backlog();
    expect(pending).toBe(1);
    expect(oldestAgeMs).toBeGreaterThanOrEqual(10 * 60_000);
  });

  it('counts what began after the snapshot and has an earlier number, however much follows it', async () => {
    takeLane();
    const [overtakes, began] = [await begin(), await begin()];
    await overtakes.query('select pg_current_xact_id()');
    await write(began, 'early');
    const position = await write(overtakes, 'overtaker');
    await end(overtakes, 'commit');
    await advance(position);
    await end(began, 'commit');
    for (let nth = 0; nth < 5; nth += 1) await write(pool, `after-${nth}`);
    expect((await backlog()).pending).toBe(6);
    // Fresh rows up to the cap, and the late one, which is among the first that are looked at.
    expect((await backlog({ cap: 3 })).pending).toBe(4);
  });

  it('counts what is left of a drain', async () => {
    takeLane();
    const bulk = await begin();
    const seqs: string[] = [];
    for (let nth = 0; nth < 4; nth += 1) seqs.push(await write(bulk, `bulk-${nth}`));
    await advance(await write(pool, 'fresh'));
    await end(bulk, 'commit');
    await pool.query(
      `insert into outbox_progress (lane, position, snapshot, floor, late_after, late_until, log_generation)
       select lane, position, snapshot, floor, $2, pg_current_snapshot(), 2 from outbox_progress
       where lane = $1 order by id desc limit 1`,
      [lane, seqs[2]],
    );
    expect((await backlog()).pending).toBe(1);
  });

  it('stops counting at the cap', async () => {
    takeLane();
    for (let nth = 0; nth < 5; nth += 1) await write(pool, `k-${nth}`, `${5 - nth} min`);
    const { pending, oldestAgeMs } = await backlog({ cap: 3 });
    expect(pending).toBe(3);
    expect(oldestAgeMs).toBeGreaterThanOrEqual(5 * 60_000);
  });

  it('reads no more for what lies beyond the cap, not even of a day without statistics', async () => {
    takeLane();
    const pagesRead = async (): Promise<number> =>
      (await planOf(pool, 'select * from outbox_lane_backlog(100)', [])).pages;
    await pool.query('alter table outbox_default set (autovacuum_enabled = off)');
    const before = await pagesRead();
    // Spread over lanes, so that each row of a lane is on a page of its own; on the default partition, which is new.
    await pool.query(
      `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
       select 1 + nth % 15, 'order_placed', 'k', 1, 't', repeat('x', 500), '{}', now() - interval '100 days'
       from generate_series(1, 40000) nth`,
    );
    const after = await pagesRead();
    // 16 lanes, a page for each of 100 fresh rows, and some for the index; as much again if late ones were looked for.
    expect(after - before).toBeLessThan(16 * 150);
    await pool.query(`delete from outbox where created_at < now() - interval '50 days'`);
  });

  it('reads nothing of a transaction that is open, however much it wrote', async () => {
    takeLane();
    const pagesRead = async (): Promise<number> =>
      (await planOf(pool, 'select * from outbox_lane_backlog(100)', [])).pages;
    const writeMany = async (connection: Connection): Promise<void> => {
      await connection.query(
        `insert into outbox (lane, topic, key, version, type, payload, headers)
         select $1, 'order_placed', 'k', 1, 't', repeat('x', 500), '{}' from generate_series(1, 10000)`,
        [lane],
      );
    };
    // As large as a day on which a look through all of it would be noticed.
    await writeMany(pool);
    await pool.query('analyze outbox');
    await advance(await write(pool, 'published'));
    const before = await pagesRead();
    const bulk = await begin();
    await writeMany(bulk);
    await advance(await write(pool, 'in time'));
    const after = await pagesRead();
    await end(bulk, 'rollback');
    expect(after - before).toBeLessThan(150);
  });

  it('goes on from the checkpoint when the progress was dropped, and counts everything without either', async () => {
    takeLane();
    const published = await write(pool, 'a');
    await advance(published);
    await write(pool, 'b');
    await pool.query(
      `update outbox_lane l set checkpoint = jsonb_build_object('position', p.position::text, 'snapshot', p.snapshot::text,
         'floor', '0', 'late_after', null, 'late_until', null, 'log_generation', 2)
       from outbox_progress p where l.lane = $1 and p.lane = $1 and p.position = $2`,
      [lane, published],
    );
    await pool.query('delete from outbox_progress where lane = $1', [lane]);
    expect(await backlog()).toMatchObject({ pending: 1, logGeneration: 2 });
    await pool.query('update outbox_lane set checkpoint = null where lane = $1', [lane]);
    expect(await backlog()).toMatchObject({ pending: 2, logGeneration: 0 });
  });

  it('tells parked events, pauses and whether a relay that lives owns the lane', async () => {
    takeLane();
    await pool.query(
      `insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
       values ($1, 1, 'order_placed', 'k', 1, 't', '{}', '{}', now(), 'MESSAGE_TOO_LARGE', 1)`,
      [lane],
    );
    await pool.query(
      `insert into outbox_relay (relay_id, host, heartbeat, lease_until)
       values (gen_random_uuid(), 'h', now(), now() + interval '1 h')`,
    );
    await pool.query(
      'update outbox_lane set paused = true, owner = (select relay_id from outbox_relay) where lane = $1',
      [lane],
    );
    expect(await backlog()).toMatchObject({ pending: 0, parked: 1, isPaused: true, hasOwner: true });
    await pool.query(`update outbox_relay set lease_until = now() - interval '1 s'`);
    expect(await backlog()).toMatchObject({ hasOwner: false });
  });
});

describe('whoever watches', () => {
  it.each<RoleName>(['waybill_relay', 'waybill_ops', 'waybill_jobs'])(
    'may read the backlog as %s, without any event’s contents',
    async (role) => {
      takeLane();
      await write(pool, 'k');
      const watcher = poolAs(role);
      try {
        expect((await backlog({ as: watcher })).pending).toBe(1);
        if (role === 'waybill_relay') return;
        for (const contents of ['payload', 'headers']) {
          for (const table of ['outbox', 'outbox_parked']) {
            await expect(watcher.query(`select ${contents} from ${table}`)).rejects.toThrow(
              /permission denied/,
            );
          }
        }
      } finally {
        await watcher.end();
      }
    },
  );
});
