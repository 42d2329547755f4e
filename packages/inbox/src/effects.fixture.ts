import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import type { Batch } from './apply-batch.ts';
import type { InboxEvent } from './event.ts';

/** A database with the inbox and one table of effects, as the role that consumes, and connections to it. */
async function createEffectsDatabase() {
  const database = await createSalesDatabase();
  await query(
    database,
    'superuser',
    `create table effect (at bigint generated always as identity, key text, version integer)`,
  );
  await query(database, 'superuser', 'grant select, insert on effect to waybill_sales');
  const pool = new pg.Pool({ connectionString: database.urlFor('waybill_sales'), max: 8 });
  pool.on('error', () => undefined); // the tests cut connections
  return {
    database,
    pool,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

type EffectsDatabase = Awaited<ReturnType<typeof createEffectsDatabase>>;

/** Such a database for all tests of the file that calls this, empty before each. */
export function useEffectsDatabase(): Omit<EffectsDatabase, typeof Symbol.asyncDispose> {
  let opened: EffectsDatabase | undefined;
  const current = (): EffectsDatabase => {
    if (!opened) throw new Error('the database is there inside tests only');
    return opened;
  };
  beforeAll(async () => {
    opened = await createEffectsDatabase();
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());
  beforeEach(() => query(current().database, 'superuser', 'truncate effect, inbox_gate, inbox_early'));
  return {
    get database() {
      return current().database;
    },
    get pool() {
      return current().pool;
    },
  };
}

/** One statement on a connection of its own. */
export async function query(
  database: TestDatabase,
  role: Parameters<TestDatabase['urlFor']>[0],
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.urlFor(role) });
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Writes what it is given into the table of effects. */
export const recordEffects: Batch['handler'] = async (client, events) => {
  for (const { key, version } of events) {
    await client.query('insert into effect (key, version) values ($1, $2)', [key, version]);
  }
};

export function event(key: string, version: number, payload = `{"of":"${key}","at":${version}}`): InboxEvent {
  return {
    topic: version === 1 ? 'placed' : 'cancelled',
    key,
    version,
    epoch: 0,
    payload,
    headers: { ce_id: key },
  };
}

/** The versions whose effect is there, per key, in the order in which they were made. */
export async function effectsOf({
  database,
}: Pick<EffectsDatabase, 'database'>): Promise<Record<string, number[]>> {
  const rows = await query(
    database,
    'superuser',
    'select key, array_agg(version order by at) as versions from effect group by key order by key',
  );
  return Object.fromEntries(
    rows.map(({ key, versions }) => [String(key), Array.isArray(versions) ? versions : []]),
  );
}
