import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aProduct, aUser } from './examples.ts';
import { openOrderDatabase, type OrderDatabase } from './order-database.ts';
import { aCommand, placing } from './place-orders.ts';
import { ordersWithoutEvent } from './orders-without-event.sql.ts';

let database: OrderDatabase;
let orderId: string;

beforeAll(async () => {
  database = await openOrderDatabase();
  const [user, tea] = [aUser(), aProduct()];
  await database.transactions.write(async ({ users, products }) => {
    users.add(user);
    products.add(tea);
  });
  const commands = [aCommand(user.id, [tea.id]), aCommand(user.id, [tea.id])];
  await placing(database.transactions)(commands);
  const { rows } = await database.admin.query<{ id: string }>('select id from orders order by id limit 1');
  orderId = rows[0]?.id ?? '';
});
afterAll(() => database[Symbol.asyncDispose]());

/** Makes a change, asks the check, and takes the change back. */
async function foundAfter(...changes: readonly string[]): Promise<readonly unknown[]> {
  const { admin } = database;
  await admin.query('begin');
  for (const change of changes) await admin.query(change.replaceAll(':order', `'${orderId}'`));
  const { rows } = await admin.query(ordersWithoutEvent);
  await admin.query('rollback');
  return rows;
}

const event = (version: number) => `
  insert into outbox (lane, topic, key, version, type, payload, headers)
  values (1, 'order_cancelled', :order, ${version}, 't', '{}', '{}')`;

describe('the check for orders without their event', () => {
  it('has orders to look at', async () => {
    expect((await database.admin.query('select from orders')).rowCount).toBe(2);
  });

  it('finds nothing where every change came with its event', async () => {
    expect(await foundAfter()).toEqual([]);
    expect(await foundAfter('update orders set version = 2 where id = :order', event(2))).toEqual([]);
  });

  it.each([
    ['a change without an event', ['update orders set version = 2 where id = :order']],
    ['a change without a step', [`update orders set status = 'cancelled' where id = :order`]],
    ['an event of another version', ['update orders set version = 2 where id = :order', event(3)]],
    ['a version left out', ['update orders set version = 3 where id = :order', event(3)]],
    ['a lost event', ['delete from outbox where key = :order']],
  ])('finds %s', async (_, changes) => {
    expect(await foundAfter(...changes)).toEqual([expect.objectContaining({ id: orderId })]);
  });

  it('finds an event that another transaction wrote', async () => {
    const { admin } = database;
    await admin.query(`update orders set version = 2 where id = '${orderId}'`);
    await admin.query(event(2).replaceAll(':order', `'${orderId}'`));
    expect((await admin.query(ordersWithoutEvent)).rows).toEqual([{ id: orderId, version: 2 }]);
  });
});
