import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { append, newest } from './appended-events.fixture.ts';
import { BatchReader } from './batch-reader.ts';
import type { BoundedCursor } from './cursor.ts';
import { RelayDatabase } from './relay-database.ts';

let database: TestDatabase;
let admin: pg.Pool;
let relay: pg.Pool;

beforeAll(async () => {
  database = await createOrderDatabase();
  admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 3 });
  relay = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 1 });
  await append(admin, { lane: laneOfOneEvent, events: 1, payloadBytes: 100 });
});

afterAll(async () => {
  await Promise.all([admin.end(), relay.end()]);
  await database[Symbol.asyncDispose]();
});

const lane = 1;
const laneOfOneEvent = 3;
const start: BoundedCursor = { position: 0n, snapshot: '1:1:', floor: 0n, drain: null, lateBefore: null };

async function plantKey(client: pg.PoolClient, key: string): Promise<void> {
  await client.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers)
     values ($1, 't', $2, 1, 'test.happened.v1', '{}', '{}')`,
    [lane, key],
  );
}

function newReader(): BatchReader {
  return new BatchReader(new RelayDatabase(relay, 10_000, () => undefined));
}

async function read(cursor: BoundedCursor, limits: { rows: number; bytes: number }, reader = newReader()) {
  return (await reader.read(new Map([[lane, cursor]]), limits)).get(lane);
}

/** The second has just met an event that was too long for the first. */
async function readerOf(events: 'short' | 'long'): Promise<BatchReader> {
  const reader = newReader();
  if (events === 'long') await reader.read(new Map([[laneOfOneEvent, start]]), { rows: 500, bytes: 500 });
  return reader;
}

it('tells of fresh and of late rows that there are more, also behind a first row that exceeds the limit by itself', async () => {
  await append(admin, { lane, events: 3, payloadBytes: 2_000 });
  const limits = { rows: 500, bytes: 1_000 };

  const fresh = await read(start, limits);
  expect(fresh).toMatchObject({ fresh: [{ key: 'key-1' }], freshMore: true, late: [], lateMore: false });

  const { position } = await newest(admin);
  const late = await read({ ...start, position }, limits);
  expect(late).toMatchObject({ late: [{ key: 'key-1' }], lateMore: true, fresh: [], freshMore: false });

  const last = await read({ ...start, position: position - 1n }, { rows: 2, bytes: 1_000_000 });
  expect(last).toMatchObject({ freshMore: false, lateMore: false });
  expect([last?.late.length, last?.fresh.length]).toEqual([2, 1]);
});

it('takes no more bytes than the limit of fresh rows either, and no fewer rows than fit', async () => {
  const { position } = await newest(admin);
  for (const payloadBytes of [300, 100, 400, 200, 2_000, 50])
    await append(admin, { lane, events: 1, payloadBytes });
  const beside = Buffer.byteLength('key-1{}');
  const sizesOf = async (rows: number, bytes: number, reader = newReader()) => {
    const found = await read({ ...start, position }, { rows, bytes }, reader);
    return { sizes: found?.fresh.map(({ payload }) => payload.length), isAll: found?.freshMore === false };
  };

  expect(await sizesOf(500, 1_000 + 4 * beside)).toEqual({ sizes: [300, 100, 400, 200], isAll: false });
  expect(await sizesOf(500, 999 + 4 * beside)).toEqual({ sizes: [300, 100, 400], isAll: false });
  expect(await sizesOf(2, 999)).toEqual({ sizes: [300, 100], isAll: false });
  expect(await sizesOf(500, 3_050 + 6 * beside)).toEqual({
    sizes: [300, 100, 400, 200, 2_000, 50],
    isAll: true,
  });
  // A full read of short events does not look behind its last one.
  expect(await sizesOf(6, 30_000)).toMatchObject({ isAll: false });
  expect(await sizesOf(6, 3_050 + 6 * beside, await readerOf('long'))).toMatchObject({ isAll: true });
});

it('reads short events without weighing them first, and around one that is not, each once and in order', async () => {
  const { position } = await newest(admin);
  const written = [100, 100, 100, 3_000, 100, 100, 100, 100, 100];
  for (const payloadBytes of written) await append(admin, { lane, events: 1, payloadBytes });
  const limits = { rows: 4, bytes: 2_400 };
  const reader = newReader();
  const timesRead = async (statement: string): Promise<number> => {
    const { rows } = await relay.query(
      'select generic_plans + custom_plans as times from pg_prepared_statements where name = $1',
      [statement],
    );
    return Number(rows[0]?.times ?? 0);
  };
  const longBefore = await timesRead('outbox-read-long');

  const sizes: number[][] = [];
  let isAll = false;
  for (let at = position; !isAll; ) {
    const found = await read({ ...start, position: at }, limits, reader);
    sizes.push(found?.fresh.map(({ payload }) => payload.length) ?? []);
    at = found?.fresh.at(-1)?.seq ?? at;
    isAll = found?.freshMore === false;
  }
  expect(sizes).toEqual([[100, 100, 100], [3_000], [100, 100, 100, 100], [100]]);
  expect(await timesRead('outbox-read-long')).toBe(longBefore + 4);

  const { position: end } = await newest(admin);
  const shortBefore = await timesRead('outbox-read-short');
  for (let reads = 5; reads <= 20; reads += 1) await read({ ...start, position: end }, limits, reader);
  expect(await timesRead('outbox-read-short')).toBe(shortBefore);
  const short = await read({ ...start, position: end - 5n }, limits, reader);
  expect(await timesRead('outbox-read-short')).toBe(shortBefore + 1);
  expect(await timesRead('outbox-read-long')).toBe(longBefore + 20);
  expect([short?.fresh.length, short?.freshMore]).toEqual([4, true]);
});

it('takes no more of short events than the limit, though more may come, and weighs the next ones first', async () => {
  const { position } = await newest(admin);
  for (const payloadBytes of [900, 900, 900, 100]) await append(admin, { lane, events: 1, payloadBytes });
  const limits = { rows: 4, bytes: 2_400 };
  const reader = newReader();

  const first = await read({ ...start, position }, limits, reader);
  expect(first?.fresh.map(({ payload }) => payload.length)).toEqual([900, 900]);
  expect(first?.freshMore).toBe(true);
  // Full, and it is known that nothing is behind: only a read that looks ahead knows.
  const second = await read(
    { ...start, position: first?.fresh.at(-1)?.seq ?? 0n },
    { ...limits, rows: 2 },
    reader,
  );
  expect(second?.fresh.map(({ payload }) => payload.length)).toEqual([900, 100]);
  expect(second?.freshMore).toBe(false);
});

it('finds the events of every lane once, and late ones, when one of another lane is too long', async () => {
  const other = lane + 1;
  const { position, snapshot } = await newest(admin);
  await append(admin, { lane, events: 2, payloadBytes: 100 });
  const { position: late } = await newest(admin);
  await append(admin, { lane, events: 2, payloadBytes: 100 });
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers)
     values ($1, 't', 'long', 1, 'test.happened.v1', repeat('x', 9000), '{}')`,
    [other],
  );
  const limits = { rows: 4, bytes: 2_400 };
  const cursors = new Map([
    [lane, { ...start, position: late, snapshot, floor: position }],
    [other, { ...start, position }],
  ]);

  const found = await newReader().read(cursors, limits);
  const keysOf = (of: number) =>
    [found.get(of)?.late, found.get(of)?.fresh].map((rows) => rows?.map(({ key }) => key));
  expect(keysOf(lane)).toEqual([
    ['key-1', 'key-2'],
    ['key-1', 'key-2'],
  ]);
  expect(keysOf(other)).toEqual([[], ['long']]);
});

it.each(['short', 'long'] as const)(
  'finds what was open at the snapshot and what began later together, in seq order, and nothing fresh while it drains: %s',
  async (events) => {
    const reader = await readerOf(events);
    const [open, later] = [await admin.connect(), await admin.connect()];
    await open.query('begin');
    await open.query('select pg_current_xact_id()');
    const { position: before, snapshot } = await newest(admin);
    await later.query('begin');
    await plantKey(later, 'began later, first');
    await plantKey(open, 'was open');
    await plantKey(later, 'began later, last');
    await later.query('commit');
    await open.query('commit');
    open.release();
    later.release();
    const { position, snapshot: until } = await newest(admin);
    await append(admin, { lane, events: 1, payloadBytes: 100 });
    const keysOf = async (cursor: Partial<BoundedCursor>, rows: number) => {
      const found = await read(
        { ...start, position, snapshot, floor: before, ...cursor },
        { rows, bytes: 1_000_000 },
        reader,
      );
      return {
        late: found?.late.map(({ key }) => key),
        lateMore: found?.lateMore,
        fresh: found?.fresh.map(({ key }) => key),
      };
    };

    const all = ['began later, first', 'was open', 'began later, last'];
    expect(await keysOf({}, 3)).toEqual({ late: all, lateMore: false, fresh: ['key-1'] });
    expect(await keysOf({}, 2)).toEqual({ late: all.slice(0, 2), lateMore: true, fresh: ['key-1'] });
    expect(await keysOf({ drain: { after: before + 1n, until } }, 3)).toEqual({
      late: all.slice(1),
      lateMore: false,
      fresh: [],
    });
  },
);

it.each(['short', 'long'] as const)(
  'takes a large transaction that was open in portions, each from where the one before ended: %s',
  async (events) => {
    const reader = await readerOf(events);
    const { position: floor } = await newest(admin);
    const open = await admin.connect();
    await open.query('begin');
    await append(open, { lane, events: 5, payloadBytes: 100 });
    await append(admin, { lane, events: 1, payloadBytes: 100 });
    const { position, snapshot } = await newest(admin);
    await open.query('commit');
    open.release();
    const { snapshot: until } = await newest(admin);

    const portions: unknown[] = [];
    let drain: BoundedCursor['drain'] = null;
    for (let isOver = false; !isOver; ) {
      const cursor: BoundedCursor = { ...start, position, snapshot, floor, drain };
      const found = await read(cursor, { rows: 2, bytes: 1_000_000 }, reader);
      portions.push(found?.late.map(({ key }) => key));
      drain = { after: found?.late.at(-1)?.seq ?? 0n, until };
      isOver = found?.lateMore !== true;
    }
    expect(portions).toEqual([['key-1', 'key-2'], ['key-3', 'key-4'], ['key-5']]);
  },
);
