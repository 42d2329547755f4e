import { createInsertOfEvents, type OutboxEvent, readLanes } from '@waybill/outbox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aUser, newId } from '../testing/examples.ts';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { StorageError } from '../use-cases/storage-error.ts';
import { describeRepositories } from './repositories.contract.ts';
import { ormTransactions } from './transactions.ts';

let database: OrderDatabase;

beforeAll(async () => {
  database = await openOrderDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describeRepositories('PostgreSQL', () => database.transactions);

it('tells of the events of a unit of work after its commit, and of none that was not committed', async () => {
  const { orm, admin } = database;
  const told: { readonly keys: readonly string[]; readonly inOutbox: Promise<number> }[] = [];
  const transactions = ormTransactions(
    orm,
    createInsertOfEvents(await readLanes(orm.em.fork())),
    (events) => {
      const keys = events.map(({ key }) => key);
      const rows = admin.query<{ n: number }>('select count(*)::int as n from outbox where key = any ($1)', [
        keys,
      ]);
      told.push({ keys, inOutbox: rows.then(({ rows: [row] }) => row?.n ?? 0) });
    },
  );

  await transactions.write(async ({ outbox }) =>
    ['told-1', 'told-2'].forEach((key) => outbox.enqueue(event(key))),
  );
  const undone = transactions.write(async ({ outbox }) => {
    outbox.enqueue(event('undone'));
    throw new Error('changed its mind');
  });
  await expect(undone).rejects.toThrow('changed its mind');
  const user = aUser();
  await transactions.write(async ({ users }) => users.add(user));
  const refused = transactions.write(async ({ outbox, users }) => {
    outbox.enqueue(event('refused'));
    users.add({ ...user, id: newId() });
  });
  await expect(refused).rejects.toThrow(StorageError);
  await transactions.write(async () => undefined);
  await transactions.read(async () => undefined);

  expect(told.map(({ keys }) => keys)).toEqual([['told-1', 'told-2']]);
  expect(await told[0]?.inOutbox).toBe(2);
});

const event = (key: string): OutboxEvent => ({
  topic: 'order_placed',
  key,
  version: 1,
  type: 'a.type',
  payload: '{}',
  headers: {},
});
