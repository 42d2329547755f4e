import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import type { ClientBase } from 'pg';
import type { Application } from './apply-batch.ts';
import type { FailurePolicy } from './apply-delivery.ts';
import type { InboxEvent } from './event.ts';
import { pgStorage } from './storage/pg-storage.ts';

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
  beforeEach(() =>
    query(
      current().database,
      'superuser',
      `with effects as (delete from effect), audit as (delete from inbox_audit),
         letters as (delete from inbox_dead_letter), early as (delete from inbox_early)
       delete from inbox_gate`,
    ),
  );
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

type Handler = Application<ClientBase, undefined>['handler'];

/** Applies without a gap what comes to it, each event as a row in the table of effects. */
export function recording(
  pool: Pick<pg.Pool, 'connect'>,
  more: Partial<Application<ClientBase, undefined>> = {},
): Application<ClientBase, undefined> {
  return {
    storage: pgStorage(pool),
    group: 'g',
    order: 'gapless',
    onDivergence: 'stop the key',
    parse: () => undefined,
    handler: recordEffects,
    ...more,
  };
}

/** Gives an event up after its second failure, at once. */
export const givesUpSoon: FailurePolicy = {
  attempts: 2,
  backoff: { baseMs: 1, capMs: 1 },
  onPoison: 'successors wait',
  classify: () => undefined,
};

/** Writes what it is given into the table of effects. */
export const recordEffects: Handler = async (client, events) => {
  for (const { key, version } of events) {
    await client.query('insert into effect (key, version) values ($1, $2)', [key, version]);
  }
};

export function event(key: string, version: number, payload = `{"of":"${key}","at":${version}}`): InboxEvent {
  return {
    topic: version === 1 ? 'placed' : 'cancelled',
    partition: 0,
    offset: BigInt(version),
    key,
    version,
    epoch: 0,
    value: Buffer.from(payload),
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
