import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { startTcpProxy } from '../../../../test/faults/tcp-proxy.ts';
import { aUser } from '../testing/examples.ts';
import { poolOf } from '../testing/order-database.ts';
import { openOrderOrm } from './orm.ts';
import type { PoolSettings } from './pool-settings.ts';
import { takesWrites } from './takes-writes.sql.ts';
import { ormTransactions } from './transactions.ts';

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createOrderDatabase();
  admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database[Symbol.asyncDispose]();
});

interface OpenedOrm extends AsyncDisposable {
  readonly orm: MikroORM;
  /** The server process behind a connection, for `count` transactions at a time. */
  sessions(count: number): Promise<readonly number[]>;
}

async function opened(pool: PoolSettings, url = database.urlFor('waybill_api')): Promise<OpenedOrm> {
  const orm = await openOrderOrm({ databaseUrl: url, pool, statementTimeoutMs: 0, queryTimeoutMs: 3_000 });
  const session = () =>
    orm.em.fork().transactional(async (em) => {
      const [row] = await em.execute<{ pid: number }[]>('select pg_backend_pid() as pid, pg_sleep(0.05)');
      return row?.pid ?? 0;
    });
  return {
    orm,
    sessions: (count) => Promise.all(Array.from({ length: count }, session)),
    [Symbol.asyncDispose]: () => orm.close(true),
  };
}

async function connections(): Promise<number> {
  const { rows } = await admin.query(
    `select from pg_stat_activity where datname = current_database() and usename = 'waybill_api'`,
  );
  return rows.length;
}

const limit = { timeout: 15_000, interval: 20 };

it('a database that only reads, as after a failover, is not ready, and a write may come again', async () => {
  const role = `role waybill_api in database ${pg.escapeIdentifier(new URL(database.urlFor('waybill_api')).pathname.slice(1))}`;
  await using before = await opened(poolOf(1));
  expect(await takesWrites(before.orm.em.fork())).toBe(true);
  await admin.query(`alter ${role} set default_transaction_read_only = on`);
  await using pool = await opened(poolOf(1));
  expect(await takesWrites(pool.orm.em.fork())).toBe(false);
  await admin.query(`alter ${role} reset default_transaction_read_only`);
  const transactions = ormTransactions(pool.orm, () => {
    throw new Error('there are no events');
  });
  const work = transactions.write(async ({ users }) => users.add(aUser()));
  await expect(work).rejects.toMatchObject({ sqlState: '25006', failure: 'unavailable' });
});

describe('the pool', () => {
  it('opens no more connections than its size', async () => {
    await using pool = await opened(poolOf(2));
    expect(new Set(await pool.sessions(8)).size).toBe(2);
    expect(await connections()).toBe(2);
  });

  it('lets nobody wait for a free place longer than the limit', async () => {
    await using pool = await opened(poolOf(1, { connectionTimeoutMs: 60 }));
    await pool.orm.em.fork().transactional(async (em) => {
      await em.execute('select 1');
      await expect(pool.sessions(1)).rejects.toThrow('timeout exceeded when trying to connect');
    });
    expect(await pool.sessions(1)).toHaveLength(1);
  });

  it('closes what is idle, down to its least size', async () => {
    await vi.waitFor(async () => expect(await connections()).toBe(0), limit);
    await using pool = await opened(poolOf(4, { min: 1, idleTimeoutMs: 150 }));
    await using other = await opened(poolOf(1, { idleTimeoutMs: 150 }));
    expect(new Set(await pool.sessions(4)).size).toBe(4);
    const [rested] = await other.sessions(1);
    // Once one that began to rest later is closed, none of the four is kept by chance.
    await vi.waitFor(async () => {
      const { rows } = await admin.query('select from pg_stat_activity where pid = $1', [rested]);
      expect(rows).toHaveLength(0);
    }, limit);
    await vi.waitFor(async () => expect(await connections()).toBeLessThanOrEqual(1), limit);
    expect(await connections()).toBe(1);
  });

  it('opens none ahead of need, and spares its least from the idle timeout, not from their lifetime', async () => {
    await vi.waitFor(async () => expect(await connections()).toBe(0), limit);
    {
      await using pool = await opened(poolOf(4, { min: 3 }));
      await pool.sessions(1);
      expect(await connections()).toBe(1);
    }
    await using mortal = await opened(poolOf(4, { min: 3, maxLifetimeMs: 200 }));
    expect(await mortal.sessions(2)).toHaveLength(2);
    await vi.waitFor(async () => expect(await connections()).toBe(0), limit);
  });

  it('replaces a connection after its lifetime', async () => {
    await using pool = await opened(poolOf(1, { min: 1, maxLifetimeMs: 200 }));
    const [first] = await pool.sessions(1);
    await vi.waitFor(async () => expect(await pool.sessions(1)).not.toEqual([first]), limit);
  });
});

describe('a connection that nobody tells that it is dead', () => {
  const target = (): string => new URL(database.urlFor('waybill_api')).host;
  const through = (port: number): string =>
    database.urlFor('waybill_api').replace(target(), `127.0.0.1:${port}`);

  it('is found out after a rest, before work is put on it, and all others of its age with it', async () => {
    await using proxy = await startTcpProxy({ target: target() });
    await using pool = await opened(poolOf(3, { validateAfterIdleMs: 0 }), through(proxy.port));
    const before = await pool.sessions(3);
    for (const connection of proxy.connections) connection.setMode({ kind: 'half open' });
    const after = await pool.sessions(3);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  });

  it('would fail the work without the question', async () => {
    await using proxy = await startTcpProxy({ target: target() });
    await using pool = await opened(poolOf(1), through(proxy.port));
    await pool.sessions(1);
    for (const connection of proxy.connections) connection.setMode({ kind: 'half open' });
    await expect(pool.sessions(1)).rejects.toThrow('Query read timeout');
  });
});
