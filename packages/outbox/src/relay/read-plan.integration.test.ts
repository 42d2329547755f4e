import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { BatchReader } from './batch-reader.ts';
import { grantLanes } from './grant-lanes.sql.ts';
import { RelayDatabase } from './relay-database.ts';

const lane = 1;
const statements = ['outbox-read-short', 'outbox-read-long'];
/** So little that every event is too long for the first of {@link statements}: a read makes both ready. */
const tight = { rows: 500, bytes: 1 };

interface Databases extends AsyncDisposable {
  readonly admin: pg.Pool;
  /** One connection, on which statements stay ready. */
  readonly relay: pg.Pool;
}

async function openDatabase(): Promise<Databases> {
  const database = await createOrderDatabase();
  const admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 2 });
  const relay = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 1 });
  return {
    admin,
    relay,
    async [Symbol.asyncDispose]() {
      await Promise.all([admin.end(), relay.end()]);
      await database[Symbol.asyncDispose]();
    },
  };
}

/** @param day from today */
async function append({ admin }: Databases, events: number, day = 0): Promise<void> {
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     select $1, 't', 'key-' || n, 1, 'test.happened.v1', repeat('x', 200), '{}', now() + $3 * interval '1 day'
     from generate_series(1, $2::int) n`,
    [lane, events, day],
  );
}

async function newest({ admin }: Databases): Promise<{ seq: string; snapshot: string }> {
  const { rows } = await admin.query(
    'select coalesce(max(seq), 0)::text as seq, pg_current_snapshot()::text as snapshot from outbox',
  );
  return rows[0];
}

async function readOnce({ relay }: Databases, position: bigint): Promise<void> {
  const reader = new BatchReader(new RelayDatabase(relay, 10_000, () => undefined));
  const cursor = { position, snapshot: '1:1:', floor: 0n, drain: null, lateBefore: null };
  await reader.read(new Map([[lane, cursor]]), tight);
}

/** What each of {@link statements} goes through for a read from `seq` of at most `limit` rows, in blocks. */
async function blocks(
  { relay }: Databases,
  {
    seq,
    snapshot,
    lateBefore = 'null',
  }: { readonly seq: string; readonly snapshot: string; readonly lateBefore?: string },
  limit = 500,
) {
  const found: number[] = [];
  for (const statement of statements) {
    const { rows } = await relay.query(`
      explain (format json, analyze, buffers) execute "${statement}"
        ('{${lane}}', '{${seq}}', '{"${snapshot}"}', '{0}', '{null}', '{null}', '{${lateBefore}}', ${limit}, 700000)`);
    found.push(rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks']);
  }
  return found;
}

it('looks for late rows by their transactions and not through everything that was ever published', async () => {
  await using databases = await openDatabase();
  await append(databases, 20_000);
  await databases.admin.query('vacuum analyze outbox');
  const end = await newest(databases);
  await readOnce(databases, BigInt(end.seq) - 1n);

  for (const of of await blocks(databases, end)) expect(of).toBeLessThan(150);
});

it('finds them by their transactions on a new day too, whose partition was empty when the read was planned', async () => {
  await using databases = await openDatabase();
  await databases.admin.query('vacuum analyze outbox'); // says that nothing is there, as of tomorrow's partition
  await append(databases, 1, 1); // in another day's partition: today's stays empty while the statements are made ready
  await readOnce(databases, 0n);
  const writer = await databases.admin.connect();
  try {
    await writer.query('begin');
    const open = (await writer.query('select pg_current_xact_id()::text as xid')).rows[0];
    await append(databases, 5_000);
    const end = await newest(databases);
    expect(end.snapshot.split(':')[2]?.split(',')).toContain(open.xid);

    for (const of of await blocks(databases, end)) expect(of).toBeLessThan(150);
  } finally {
    await writer.query('rollback');
    writer.release();
  }
});

/** Each in a transaction of its own: an index scan skips from one to the next, and all would be in one. */
async function appendInTurn({ admin }: Databases, events: number): Promise<void> {
  await admin.query(`do $$ begin
    for n in 1..${events} loop
      insert into outbox (lane, topic, key, version, type, payload, headers)
      values (${lane}, 't', 'key', n, 'test.happened.v1', '{}', '{}');
      commit;
    end loop;
  end $$`);
}

it('does not look for late rows among what came since the position was stored, after an outage', async () => {
  await using databases = await openDatabase();
  const { admin, relay } = databases;
  await append(databases, 1);
  const { seq, snapshot } = await newest(databases);
  await admin.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation) values ($1, $2, $3, 0, 0)`,
    [lane, seq, snapshot],
  );
  await appendInTurn(databases, 20_000);
  await readOnce(databases, BigInt(seq));
  const loaded = await grantLanes(relay, '0198c0de-0000-7000-8000-0000000000aa', [lane]);
  const cursor = { position: BigInt(seq), snapshot };
  expect(loaded).toMatchObject([{ cursor, lateBefore: expect.any(String) }]);
  const lateBefore = loaded[0]?.lateBefore ?? 'null';

  for (const of of await blocks(databases, { seq, snapshot, lateBefore }, 1)) expect(of).toBeLessThan(80);
});

it('does not look for late rows where nothing was published', async () => {
  await using databases = await openDatabase();
  await appendInTurn(databases, 20_000);
  await readOnce(databases, 0n);

  for (const of of await blocks(databases, { seq: '0', snapshot: '1:1:' }, 1)) expect(of).toBeLessThan(80);
});
