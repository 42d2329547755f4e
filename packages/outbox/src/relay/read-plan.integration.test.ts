import pg from 'pg';
import { expect, it } from 'vitest';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';
import { append, newest } from './appended-events.fixture.ts';
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

async function readOnce({ relay }: Databases, position: bigint): Promise<void> {
  const reader = new BatchReader(new RelayDatabase(relay, 10_000, () => undefined));
  const cursor = { position, snapshot: '1:1:', floor: 0n, drain: null, lateBefore: null };
  await reader.read(new Map([[lane, cursor]]), tight);
}

/** What each of {@link statements} goes through for a read from `position` of at most `limit` rows, in blocks. */
async function blocks(
  { relay }: Databases,
  {
    position,
    snapshot,
    floor = 0n,
    lateBefore = 'null',
    lateAfter = 'null',
    lateUntil = 'null',
  }: {
    readonly position: bigint;
    readonly snapshot: string;
    readonly floor?: bigint;
    readonly lateBefore?: string | undefined;
    readonly lateAfter?: bigint | 'null';
    readonly lateUntil?: string;
  },
  limit = 500,
) {
  const found: number[] = [];
  for (const statement of statements) {
    const { rows } = await relay.query(`
      explain (format json, analyze, buffers) execute "${statement}"
        ('{${lane}}', '{${position}}', '{"${snapshot}"}', '{${floor}}', '{${lateAfter}}', '{${lateUntil}}', '{${lateBefore}}', ${limit}, 700000)`);
    found.push(rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks']);
  }
  return found;
}

it('looks for late rows by their transactions and not through everything that was ever published', async () => {
  await using databases = await openDatabase();
  await append(databases.admin, { lane, events: 20_000, payloadBytes: 200 });
  await databases.admin.query('vacuum analyze outbox');
  const end = await newest(databases.admin);
  await readOnce(databases, end.position - 1n);

  for (const of of await blocks(databases, end)) expect(of).toBeLessThan(150);
});

it('finds them by their transactions on a new day too, whose partition was empty when the read was planned', async () => {
  await using databases = await openDatabase();
  await databases.admin.query('vacuum analyze outbox'); // says that nothing is there, as of tomorrow's partition
  await append(databases.admin, { lane, events: 1, payloadBytes: 200, day: 1 }); // in another day's partition: today's stays empty while the statements are made ready
  await readOnce(databases, 0n);
  const writer = await databases.admin.connect();
  try {
    await writer.query('begin');
    const open = (await writer.query('select pg_current_xact_id()::text as xid')).rows[0];
    await append(databases.admin, { lane, events: 5_000, payloadBytes: 200 });
    const end = await newest(databases.admin);
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
  await append(databases.admin, { lane, events: 1, payloadBytes: 200 });
  const { position, snapshot } = await newest(databases.admin);
  await admin.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation) values ($1, $2, $3, 0, 0)`,
    [lane, position, snapshot],
  );
  await appendInTurn(databases, 20_000);
  await readOnce(databases, position);
  const loaded = await grantLanes(relay, '0198c0de-0000-7000-8000-0000000000aa', [lane]);
  expect(loaded).toMatchObject([{ cursor: { position, snapshot }, lateBefore: expect.any(String) }]);
  const lateBefore = loaded[0]?.lateBefore;

  for (const of of await blocks(databases, { position, snapshot, lateBefore }, 1))
    expect(of).toBeLessThan(80);
});

it('does not look for late rows where nothing was published', async () => {
  await using databases = await openDatabase();
  await appendInTurn(databases, 20_000);
  await readOnce(databases, 0n);

  for (const of of await blocks(databases, { position: 0n, snapshot: '1:1:' }, 1))
    expect(of).toBeLessThan(80);
});

it('does not look for late rows among those of another cluster that a dump brought, below the floor', async () => {
  await using databases = await openDatabase();
  const { admin } = databases;
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, xid)
     select $1, 't', 'key-' || n, 1, 'test.happened.v1', '{}', '{}', (9000000000 + n)::text::xid8
     from generate_series(1, 20000) n`,
    [lane],
  );
  const { position: floor } = await newest(admin);
  await append(admin, { lane, events: 1, payloadBytes: 200 });
  const end = await newest(admin);
  await readOnce(databases, end.position - 1n);

  for (const of of await blocks(databases, { ...end, floor })) expect(of).toBeLessThan(150);
});

it('goes through nothing of a large transaction while it is open, and no more than it sends once it has committed late', async () => {
  await using databases = await openDatabase();
  const { admin } = databases;
  const writer = await admin.connect();
  let open: Awaited<ReturnType<typeof newest>>;
  try {
    await writer.query('begin');
    await append(writer, { lane, events: 20_000, payloadBytes: 200 });
    await append(admin, { lane, events: 1, payloadBytes: 200 });
    open = await newest(admin);
    await readOnce(databases, open.position - 1n);
    for (const of of await blocks(databases, open)) expect(of).toBeLessThan(150);
  } finally {
    await writer.query('commit');
    writer.release();
  }
  const { snapshot: lateUntil } = await newest(admin);

  for (const of of await blocks(databases, open)) expect(of).toBeLessThan(150);
  for (const share of [2n, 4n]) {
    const lateAfter = open.position - open.position / share;
    for (const of of await blocks(databases, { ...open, lateAfter, lateUntil: `"${lateUntil}"` }))
      expect(of).toBeLessThan(150);
  }
});
