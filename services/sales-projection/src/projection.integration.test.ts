import { randomUUID } from 'node:crypto';
import type { EncodedEvent } from '@waybill/contracts';
import type { IncomingMessage } from '@waybill/inbox';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import { handFed } from './consumer.fixture.ts';
import { expectedTotals, order, someOrders } from './orders.fixture.ts';
import { openPool } from './persistence/pool.ts';
import { eventually, query, readTotals } from './sales.fixture.ts';

let database: TestDatabase;
let pool: pg.Pool;
let consumer: ReturnType<typeof handFed>;
beforeAll(async () => {
  database = await createSalesDatabase();
  pool = new pg.Pool({ connectionString: database.urlFor('waybill_sales'), max: 8 });
  consumer = handFed(pool);
});
afterAll(async () => {
  await consumer[Symbol.asyncDispose]();
  await pool.end();
  await database[Symbol.asyncDispose]();
});
// Not by truncate: its locks and those of the consumer's upkeep could wait for each other.
beforeEach(() =>
  query(
    database.urlFor('superuser'),
    `with totals as (delete from buyer_totals), audit as (delete from inbox_audit),
       letters as (delete from inbox_dead_letter), early as (delete from inbox_early)
     delete from inbox_gate`,
  ),
);

type Received = Omit<IncomingMessage, 'topic' | 'partition'>;

let offset = 0n;
const received = ({ key, payload, headers }: EncodedEvent): Received => {
  offset += 1n;
  return { offset, key, value: Buffer.from(payload), headers, timestamp: 0 };
};

const project = (topic: string, messages: readonly Received[]) => consumer.deliver(topic, messages);
const totals = () => readTotals(database.urlFor('waybill_ops'));

test('the marker of a discarded cancellation passes the gate and changes nothing', async () => {
  const cancelledOrder = order({ buyer: randomUUID(), cents: 500, ends: 'cancelled' });
  const { cancelled } = cancelledOrder;
  if (cancelled === undefined) throw new Error('the order was not cancelled');
  const { 'content-type': _type, ce_dataschema: _schema, ...headers } = cancelled.headers;
  const marker = {
    ...received(cancelled),
    value: null,
    headers: { ...headers, ce_type: 'waybill.event.discarded.v1' },
  };
  await project('order_placed', [received(cancelledOrder.placed)]);
  const before = await totals();
  expect(before).toHaveLength(1);
  await project('order_cancelled', [marker]);
  expect(await totals()).toEqual(before);
  const gates = await query(database.urlFor('superuser'), 'select version from inbox_gate');
  expect(gates).toEqual([{ version: 2 }]);
});

describe('given orders of several buyers in two currencies', () => {
  const orders = someOrders(300);
  const placed = orders.map((one) => received(one.placed));
  const cancelled = orders.flatMap((one) => (one.cancelled ? [received(one.cancelled)] : []));
  const expected = expectedTotals(orders);

  test('their totals are right, and the same deliveries three times change nothing', async () => {
    expect(expected).toHaveLength(4);
    await project('order_placed', placed);
    await project('order_cancelled', cancelled);
    expect(await totals()).toEqual(expected);
    for (let again = 0; again < 3; again += 1) {
      await project('order_cancelled', cancelled);
      await project('order_placed', [...placed, ...placed]);
      expect(await totals()).toEqual(expected);
    }
  });

  test('cancellations that come first wait, and the totals are right in the end', async () => {
    await project('order_cancelled', cancelled);
    expect(await totals()).toEqual([]);
    const waiting = 'select count(*)::int as n from ops_early';
    expect(await query(database.urlFor('waybill_ops'), waiting)).toEqual([{ n: 100 }]);
    await project('order_placed', placed);
    expect(await totals()).toEqual(expected);
    expect(await query(database.urlFor('waybill_ops'), waiting)).toEqual([{ n: 0 }]);
  });

  test('both topics at once, in small batches on many connections: no deadlock, everything once', async () => {
    const cut = (messages: readonly Received[], size: number) =>
      Array.from({ length: Math.ceil(messages.length / size) }, (_, i) =>
        messages.slice(i * size, (i + 1) * size),
      );
    const deliveries = [
      ...cut(placed, 7).map((batch) => () => project('order_placed', batch)),
      ...cut(cancelled.toReversed(), 5).map((batch) => () => project('order_cancelled', batch)),
      ...cut(placed.toReversed(), 11).map((batch) => () => project('order_placed', batch)),
    ];
    const shuffled = deliveries
      .map((deliver) => ({ deliver, rank: Math.random() }))
      .toSorted((a, b) => a.rank - b.rank);
    await Promise.all(shuffled.map(({ deliver }) => deliver()));
    expect(await totals()).toEqual(expected);
  });

  test('operators see every applied order in ops_gate, and nothing about buyers beyond their totals', async () => {
    await project('order_placed', placed);
    const ops = database.urlFor('waybill_ops');
    const seen = await query(ops, 'select key, version from ops_gate where consumer_group = $1', ['g']);
    expect(new Set(seen.map(({ key }) => key))).toEqual(new Set(orders.map((one) => one.placed.key)));
    for (const table of ['buyer_totals', 'inbox_gate', 'inbox_early']) {
      await expect(query(ops, `select from ${table}`)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

test('given a buyer whose only order is cancelled, the totals name him no more', async () => {
  const one = order({ buyer: randomUUID(), cents: 1_250, ends: 'cancelled' });
  await project('order_placed', [received(one.placed)]);
  expect(await totals()).toHaveLength(1);
  if (one.cancelled) await project('order_cancelled', [received(one.cancelled)]);
  expect(await totals()).toEqual([]);
});

describe('given an event that cannot be applied', () => {
  const buyer = randomUUID();
  const good = order({ buyer, cents: 500, ends: 'placed' });
  const other = order({ buyer, cents: 700, ends: 'cancelled' });
  const letters = () =>
    query(
      database.urlFor('waybill_ops'),
      'select id, key, version, reason, state from ops_dead_letters order by id',
    );
  const cancellation = () => received(other.cancelled ?? expect.unreachable());

  test.each([
    ['its body is no JSON', { value: Buffer.from('{') }, 'event-not-json'],
    [
      'its type is another system’s',
      { headers: { ...other.placed.headers, ce_type: 'x' } },
      'event-type-unknown',
    ],
    [
      'its total is a number',
      { value: Buffer.from(other.placed.payload.replace('"7.00"', '7')) },
      'event-does-not-fit',
    ],
  ])('because %s: it is a dead letter, its order waits, the others count', async (_why, change, reason) => {
    const bad = { ...received(other.placed), ...change };
    await project('order_placed', [received(good.placed), bad]);
    await project('order_cancelled', [cancellation()]);
    expect(await totals()).toEqual(expectedTotals([good]));
    const key = other.placed.key;
    expect(await letters()).toMatchObject([{ key, version: 1, reason, state: 'waiting' }]);
    await project('order_placed', [bad, received(good.placed)]);
    expect(await letters()).toHaveLength(1);
    await eventually('its copy is published', () => consumer.published.includes('order_placed.dlq'));

    // What was broken stays broken: a redrive says so, a discard lets the order's later events go on.
    const [letter] = await letters();
    const wish = (what: string) =>
      query(database.urlFor('waybill_ops'), 'select inbox_wish($1, $2, $3, $4)', [
        letter?.['id'],
        what,
        'me',
        'test',
      ]);
    await wish('redrive');
    const audit = async () =>
      (await query(database.urlFor('waybill_ops'), 'select action from ops_inbox_audit order by id')).map(
        ({ action }) => action,
      );
    await eventually('the redrive fails', async () => (await audit()).includes('redrive failed'));
    await wish('discard');
    await eventually('it is discarded', async () => (await letters())[0]?.['state'] === 'discarded');
    expect(await audit()).toEqual(['redrive wished', 'redrive failed', 'discard wished', 'discarded']);
  });

  test('because it contradicts the one before: the totals stay, and the next one is served', async () => {
    await project('order_placed', [received(good.placed)]);
    const text = good.placed.payload.replaceAll('"5.00"', '"6.00"');
    await project('order_placed', [{ ...received(good.placed), value: Buffer.from(text) }]);
    await project('order_placed', [received(other.placed)]);
    const standing = order({ buyer, cents: 1_200, ends: 'placed' });
    const [expected] = expectedTotals([standing]);
    expect(await totals()).toEqual([{ ...expected, orders: '2' }]);
    expect(await letters()).toMatchObject([{ reason: 'inbox-event-diverged', version: 1 }]);
  });
});

test('given a statement that was not answered in time, its transaction is not left to the next batch', async () => {
  const impatient = openPool({
    databaseUrl: database.urlFor('waybill_sales'),
    size: 1,
    statementTimeoutMs: 60_000,
    queryTimeoutMs: 300,
  });
  const lock = new pg.Client({ connectionString: database.urlFor('superuser') });
  await lock.connect();
  try {
    await using impatientConsumer = handFed(impatient);
    await lock.query('begin');
    await lock.query('lock table buyer_totals in exclusive mode');
    const messages = someOrders(1).map(({ placed }) => received(placed));
    await expect(impatientConsumer.deliver('order_placed', messages)).rejects.toMatchObject({
      code: 'inbox-handler-failed',
      database: 'is away',
    });
    await lock.query('commit');
    const { rows } = await impatient.query('select pg_current_xact_id_if_assigned() as open');
    expect(rows).toEqual([{ open: null }]);
    expect(await totals()).toEqual([]);
  } finally {
    await lock.end();
    await impatient.end();
  }
});

test('every constraint and index of this database is named by the rule, and every index says what it serves', async () => {
  const names = await query(
    database.urlFor('superuser'),
    `select conname as name, conrelid::regclass::text as of from pg_constraint
     where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 'migrations'::regclass`,
  );
  expect(names.length).toBeGreaterThan(8);
  const isByTheRule = (name: unknown, table: unknown): boolean =>
    ['pk', 'fk', 'uq', 'ck'].some((kind) => String(name).startsWith(`${kind}_${String(table)}`));
  expect(names.filter(({ name, of }) => !isByTheRule(name, of))).toEqual([]);
  const silent = await query(
    database.urlFor('superuser'),
    `select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = 'public'::regnamespace and i.indrelid <> 'migrations'::regclass
       and obj_description(c.oid, 'pg_class') is null`,
  );
  expect(silent).toEqual([]);
});
