import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeOrderPlaced } from '@waybill/contracts';
import { OutboxEventEntity } from '@waybill/outbox';
import { orderPlacedData } from '../domain/order-events.ts';
import { aPrincipal, anOrder, aProduct, aUser, newId } from '../testing/examples.ts';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { traceparent } from '../testing/place-orders.ts';
import { rowCounts } from '../testing/row-counts.ts';
import { OrderEntity } from './entities/order.entity.ts';
import { UserEntity } from './entities/user.entity.ts';
import { loaded, NotLoadedError } from './loaded.ts';

let database: OrderDatabase;
const [user, tea] = [aUser(), aProduct()];

async function prepared(opened: OrderDatabase): Promise<OrderDatabase> {
  await opened.transactions.write(async ({ users, products }) => {
    users.add(user);
    products.add(tea);
  });
  return opened;
}

beforeAll(async () => {
  database = await prepared(await openOrderDatabase());
});
afterAll(() => database[Symbol.asyncDispose]());

/** Adds an order, asks for orders, enqueues the event; tells what was sent before the enqueueing. */
async function statementsBeforeEnqueue(opened: OrderDatabase): Promise<readonly string[]> {
  const order = anOrder(user, [tea]);
  return opened.transactions.write(async ({ orders, outbox }) => {
    opened.takeStatements();
    orders.add(order);
    await orders.get(newId(), aPrincipal(user.id, 'orders:read'));
    const before = opened.takeStatements();
    outbox.enqueue(
      encodeOrderPlaced({
        data: orderPlacedData(order, new Map([[tea.id, tea]])),
        publicUrl: 'https://orders.example',
        time: order.placedAt,
        traceparent,
      }),
    );
    return before;
  });
}

describe('a query between the order and its event', () => {
  it('sends no INSERT: a unit of work is written whole, at its commit', async () => {
    const before = await statementsBeforeEnqueue(database);
    expect(before.some((statement) => statement.startsWith('select'))).toBe(true);
    expect(before.filter((statement) => /insert/i.test(statement))).toEqual([]);
    const writing = database.takeStatements().filter((statement) => statement.includes('insert'));
    const tables = writing.map((statement) =>
      statement.matchAll(/insert into (\w+)/g).map(([, table]) => table),
    );
    expect(tables.map((names) => [...names])).toEqual([['orders', 'order_items', 'outbox']]);
  });

  it.each([
    ['would send it with MikroORM’s default flush mode', 'auto', 1],
    ['does not with the service’s', 'commit', 0],
  ] as const)('%s, for what the ORM manages', async (_, flushMode, inserts) => {
    await using opened = await openOrderDatabase(flushMode === 'auto' ? { flushMode } : {});
    const sent = await opened.orm.em.fork().transactional(async (em) => {
      em.persist(em.create(UserEntity, { ...aUser() }));
      opened.takeStatements();
      await em.find(UserEntity, { id: newId() });
      return opened.takeStatements();
    });
    expect(sent.filter((statement) => statement.startsWith('insert into "users"'))).toHaveLength(inserts);
  });
});

describe('a relation that the query did not load', () => {
  it('throws when it is to one', async () => {
    await statementsBeforeEnqueue(database);
    const row = await database.orm.em.fork().findOneOrFail(OrderEntity, { user: user.id });
    expect(row.user.id).toBe(user.id);
    expect(() => loaded(row.user, 'order.user')).toThrow(NotLoadedError);
    const whole = await database.orm.em
      .fork()
      .findOneOrFail(OrderEntity, { user: user.id }, { populate: ['user'] });
    expect(loaded(whole.user, 'order.user').name).toBe(user.name);
  });

  it('throws when it is a collection', async () => {
    await statementsBeforeEnqueue(database);
    const row = await database.orm.em.fork().findOneOrFail(OrderEntity, { user: user.id });
    expect(() => row.items.getItems()).toThrow(/not initialized/);
    expect(() => [...row.items]).toThrow(/not initialized/);
    expect(() => row.items.length).toThrow(/not initialized/);
  });
});

describe('the unit of work', () => {
  it('is refused on the global EntityManager', async () => {
    await expect(database.orm.em.find(OrderEntity, {})).rejects.toThrow(/global EntityManager/);
  });

  it('writes neither order nor event when the event cannot be written', async () => {
    const before = await rowCounts(database.admin);
    const work = database.transactions.write(async ({ orders, outbox }) => {
      const order = anOrder(user, [tea]);
      orders.add(order);
      outbox.enqueue({
        topic: 'order_placed',
        key: order.id,
        version: 1,
        type: 't',
        payload: '\0',
        headers: {},
      });
    });
    await expect(work).rejects.toMatchObject({ code: 'STORAGE', failure: 'refused' });
    expect(await rowCounts(database.admin)).toEqual(before);
  });

  it('keeps the key when an expired one is cleared away between the look and the write', async () => {
    const now = new Date();
    const identity = { principal: user.id, route: 'POST /v1/orders', key: newId() };
    const answer = { status: 201, headers: {}, body: '{}' };
    const expired = { identity, requestHash: 'a'.repeat(64), answer, expiresAt: now };
    const fresh = { ...expired, expiresAt: new Date(now.getTime() + 60_000) };
    const { transactions } = database;
    await transactions.write(async ({ idempotency }) => idempotency.put(expired, now));
    await transactions.write(async ({ idempotency }) => {
      expect(await idempotency.find([identity], now)).toEqual([]);
      await database.admin.query('delete from idempotency_keys where key = $1', [identity.key]);
      idempotency.put(fresh, now);
    });
    expect(await transactions.write(({ idempotency }) => idempotency.find([identity], now))).toEqual([fresh]);
  });

  it('asks the database for nothing back when it writes the outbox: its role may not look', async () => {
    database.takeStatements();
    await statementsBeforeEnqueue(database);
    const outbox = database.takeStatements().filter((statement) => statement.includes('into outbox'));
    expect(outbox).toHaveLength(1);
    expect(outbox[0]).not.toMatch(/returning/i);
    await expect(database.orm.em.fork().find(OutboxEventEntity, {})).rejects.toThrow(/permission denied/);
  });
});
