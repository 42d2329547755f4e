import { randomUUID } from 'node:crypto';
import type { EncodedEvent } from '@waybill/contracts';
import type { ReceivedMessage } from '@waybill/kafka';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSalesDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import { expectedTotals, order, someOrders } from './orders.fixture.ts';
import { openPool } from './persistence/pool.ts';
import { projectBatch } from './projection.ts';
import { query, readTotals } from './sales.fixture.ts';

let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createSalesDatabase();
  pool = new pg.Pool({ connectionString: database.urlFor('waybill_sales'), max: 8 });
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(() => query(database.urlFor('superuser'), 'truncate buyer_totals, inbox_gate, inbox_early'));

const received = ({ key, payload, headers }: EncodedEvent): ReceivedMessage => ({
  offset: 0n,
  key,
  value: payload,
  headers,
  timestamp: 0,
});

const project = (topic: string, messages: readonly ReceivedMessage[]) =>
  projectBatch({ pool, group: 'g' }, { topic, messages });
const totals = () => readTotals(database.urlFor('waybill_ops'));

test('the marker of a discarded cancellation passes the gate and changes nothing', async () => {
  const cancelledOrder = order({ buyer: randomUUID(), cents: 500, ends: 'cancelled' });
  const { cancelled } = cancelledOrder;
  if (cancelled === undefined) throw new Error('the order was not cancelled');
  const { 'content-type': _type, ce_dataschema: _schema, ...headers } = cancelled.headers;
  const marker = {
    ...received(cancelled),
    value: '',
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
    const cut = (messages: readonly ReceivedMessage[], size: number) =>
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
  const other = order({ buyer, cents: 700, ends: 'placed' });

  test.each([
    ['its body is no JSON', { ...received(other.placed), value: '{' }, 'event-not-json'],
    ['it is another system’s', { ...received(other.placed), headers: {} }, 'event-type-unknown'],
    [
      'its total is a number',
      { ...received(other.placed), value: other.placed.payload.replace('"7.00"', '7') },
      'event-does-not-fit',
    ],
  ])('because %s: nothing of its delivery is applied', async (_why, bad, code) => {
    await expect(project('order_placed', [received(good.placed), bad])).rejects.toMatchObject({ code });
    expect(await totals()).toEqual([]);
    expect(await query(database.urlFor('superuser'), 'select from inbox_gate')).toEqual([]);
  });

  test('because it contradicts the one before: the totals stay, and the next one is served', async () => {
    await project('order_placed', [received(good.placed)]);
    const forged = { ...received(good.placed), value: good.placed.payload.replaceAll('"5.00"', '"6.00"') };
    await expect(project('order_placed', [forged])).rejects.toMatchObject({ code: 'inbox-event-diverged' });
    await project('order_placed', [received(other.placed)]);
    expect(await totals()).toEqual(expectedTotals([good, other]));
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
    await lock.query('begin');
    await lock.query('lock table buyer_totals in exclusive mode');
    const messages = someOrders(1).flatMap(({ placed }) => received(placed));
    const projected = projectBatch({ pool: impatient, group: 'g' }, { topic: 'order_placed', messages });
    await expect(projected).rejects.toThrow('Query read timeout');
    await lock.query('commit');
    const { rows } = await impatient.query('select pg_current_xact_id_if_assigned() as open');
    expect(rows).toEqual([{ open: null }]);
  } finally {
    await lock.end();
    await impatient.end();
  }
});

test('every constraint and index of this database is named by the rule, and every index says what it serves', async () => {
  const names = await query(
    database.urlFor('superuser'),
    `select conname as name from pg_constraint
     where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 'migrations'::regclass`,
  );
  expect(names.length).toBeGreaterThan(8);
  expect(
    names.filter(({ name }) => !/^(pk|fk|uq|ck)_(inbox_gate|inbox_early|buyer_totals)/.test(String(name))),
  ).toEqual([]);
  const silent = await query(
    database.urlFor('superuser'),
    `select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = 'public'::regnamespace and i.indrelid <> 'migrations'::regclass
       and obj_description(c.oid, 'pg_class') is null`,
  );
  expect(silent).toEqual([]);
});
