import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordersWithoutEvent } from '../testing/orders-without-event.sql.ts';
import { money } from '../domain/money.ts';
import { aPrincipal, aUser } from '../testing/examples.ts';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { aCommand, inShort, placing, traceparent } from '../testing/place-orders.ts';
import { rowCounts } from '../testing/row-counts.ts';
import { stocked, stockOf } from '../testing/stock.ts';
import type { PlaceOrders } from './place-orders.ts';

let database: OrderDatabase;
let place: PlaceOrders;
const user = aUser();

beforeAll(async () => {
  database = await openOrderDatabase();
  place = placing(database.transactions);
  await database.transactions.write(async ({ users }) => users.add(user));
});
afterAll(() => database[Symbol.asyncDispose]());

async function eventsOf(orderId: string) {
  const { rows } = await database.admin.query(
    `select e.topic, e.key, e.version, e.type, e.payload, e.headers::json as headers, e.xid::text as xid, l.topic as lane_topic, l.partition
     from outbox e join outbox_lane l on l.lane = e.lane where e.key = $1 order by e.seq`,
    [orderId],
  );
  return rows;
}

describe('an order', () => {
  it('comes with one event, written by the same transaction, in its lane, with every header', async () => {
    const tea = await stocked(database, { price: money('12.50', 'EUR') });
    const [result] = await place([aCommand(user.id, [], { lines: [{ productId: tea.id, quantity: 2 }] })]);
    expect(result?.kind).toBe('placed');
    const { rows } = await database.admin.query(
      `select o.id, o.version, o.total, o.currency, o.placed_at, o.xmin::text as xmin, i.line_no, i.quantity, i.unit_price
       from orders o join order_items i on i.order_id = o.id where i.product_id = $1`,
      [tea.id],
    );
    expect(rows).toEqual([
      expect.objectContaining({
        version: 1,
        total: '25.00',
        currency: 'EUR',
        line_no: 1,
        quantity: 2,
        unit_price: '12.50',
      }),
    ]);
    const [{ id, xmin, placed_at: placedAt }] = rows;
    const [event, ...more] = await eventsOf(id);
    expect(more).toEqual([]);
    const time = placedAt.toISOString();
    expect(event).toMatchObject({
      topic: 'order_placed',
      lane_topic: 'order_placed',
      key: id,
      version: 1,
      xid: xmin,
    });
    expect(event.payload).toBe(
      JSON.stringify({
        order_id: id,
        user_id: user.id,
        version: 1,
        total: '25.00',
        currency: 'EUR',
        items: [{ product_id: tea.id, sku: tea.sku, quantity: 2, unit_price: '12.50' }],
        placed_at: time,
      }),
    );
    expect(event.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: `${id}:1`,
      ce_type: 'waybill.order.placed.v1',
      ce_source: '/waybill/orders',
      ce_subject: id,
      ce_time: time,
      ce_orderversion: '1',
      ce_dataschema: 'https://orders.example/schemas/waybill.order.placed.v1',
      'content-type': 'application/json',
      traceparent,
    });
  });

  it('leaves nothing behind when its transaction fails', async () => {
    const tea = await stocked(database);
    const before = await rowCounts(database.admin);
    const failing = placing({
      ...database.transactions,
      write: (work) =>
        database.transactions.write(async (unit) => {
          await work(unit);
          throw new Error('no');
        }),
    });
    expect(inShort(await failing([aCommand(user.id, [tea.id])]))).toEqual(['failed']);
    expect(await rowCounts(database.admin)).toEqual(before);
  });
});

describe('the number of statements', () => {
  it('is the same for one order and for 64 with many lines', async () => {
    const products = await Promise.all([1, 2, 3, 4].map(() => stocked(database, { stock: 100 })));
    const buyers = Array.from({ length: 64 }, () => aUser());
    await database.transactions.write(async ({ users }) => buyers.forEach((buyer) => users.add(buyer)));
    const statementsFor = async (count: number): Promise<readonly string[]> => {
      database.takeStatements();
      const commands = buyers.slice(0, count).map((buyer, index) =>
        aCommand(
          buyer.id,
          products.slice(0, 2 + (index % 3)).map(({ id }) => id),
        ),
      );
      expect(new Set(inShort(await place(commands)))).toEqual(new Set(['placed']));
      return database
        .takeStatements()
        .map((statement) => statement.trim().split(/\s+/).slice(0, 3).join(' '));
    };
    const one = await statementsFor(1);
    expect(await statementsFor(64)).toEqual(one);
    expect(one).toEqual([
      'begin',
      'select pg_try_advisory_xact_lock(hashtextextended(wanted.text, 0))',
      'select found.* from',
      'select id from',
      'select id, sku,',
      'with stock as',
      'commit',
    ]);
  });
});

describe('when PostgreSQL refuses one command', () => {
  it('fails that one alone', async () => {
    const tea = await stocked(database);
    // Nothing that comes through HTTP gets this far, so it takes what HTTP refuses: a NUL, which text cannot hold.
    const culprit = aCommand(user.id, [tea.id], { principal: aPrincipal('operator\0', 'orders:write:any') });
    const commands = [1, 2, 3].map(() => aCommand(user.id, [tea.id]));
    const results = await place([...commands.slice(0, 2), culprit, ...commands.slice(2)]);
    expect(inShort(results)).toEqual(['placed', 'placed', 'failed', 'placed']);
    expect(results[2]).toMatchObject({ error: { code: 'STORAGE', failure: 'refused' } });
    expect(await stockOf(database, tea.id)).toBe(7);
  });
});

describe('when somebody keeps a product locked', () => {
  it('the orders for it fail, after the time that its role gives, and the others are placed', async () => {
    const [locked, free] = [await stocked(database), await stocked(database)];
    const commands = [free, locked, free].map(({ id }) => aCommand(user.id, [id]));
    await database.admin.query('begin');
    await database.admin.query('select from products where id = $1 for update', [locked.id]);
    const results = await place(commands);
    await database.admin.query('rollback');
    expect(inShort(results)).toEqual(['placed', 'failed', 'placed']);
    expect(results[1]).toMatchObject({ error: { sqlState: '55P03', failure: 'unavailable' } });
    expect(inShort(await place(commands))).toEqual(['replayed', 'placed', 'replayed']);
  });
});

describe('many at once', () => {
  it('place one order for one key, and all get its answer byte for byte or are told to wait', async () => {
    const tea = await stocked(database, { stock: 100 });
    const command = aCommand(user.id, [tea.id]);
    const results = (await Promise.all(Array.from({ length: 20 }, () => place([command])))).flat();
    const short = inShort(results);
    expect(short.filter((kind) => kind === 'placed')).toHaveLength(1);
    expect(new Set(short).difference(new Set(['placed', 'replayed', 'request-in-progress']))).toEqual(
      new Set(),
    );
    const answers = results.flatMap((result) => ('answer' in result ? [result.answer] : []));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(await stockOf(database, tea.id)).toBe(99);
    expect(inShort(await place([command]))).toEqual(['replayed']);
  });

  it('never sell more of a hot product than there is', async () => {
    const [hot, cold] = [await stocked(database, { stock: 7 }), await stocked(database, { stock: 100 })];
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        place([aCommand(user.id, n % 2 ? [hot.id, cold.id] : [cold.id, hot.id])]),
      ),
    );
    const short = inShort(results.flat());
    expect(short.filter((kind) => kind === 'placed')).toHaveLength(7);
    expect(short.filter((kind) => kind === 'insufficient-stock')).toHaveLength(23);
    expect([await stockOf(database, hot.id), await stockOf(database, cold.id)]).toEqual([0, 93]);
  });
});

describe('after all of it', () => {
  it('every order has its event', async () => {
    expect((await database.admin.query('select from orders limit 1')).rowCount).toBe(1);
    expect((await database.admin.query(ordersWithoutEvent)).rows).toEqual([]);
  });
});
