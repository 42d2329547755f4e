import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aUser } from '../testing/examples.ts';
import { openOrderDatabase, type OrderDatabase, POOL_SIZE } from '../testing/order-database.ts';
import { aCommand, inShort, placing } from '../testing/place-orders.ts';
import { stocked, stockOf } from '../testing/stock.ts';
import { StorageError } from './storage-error.ts';
import type { Transactions } from './unit-of-work.ts';

let database: OrderDatabase;
const user = aUser();

beforeAll(async () => {
  database = await openOrderDatabase();
  await database.transactions.write(async ({ users }) => users.add(user));
});
afterAll(() => database[Symbol.asyncDispose]());

describe('when PostgreSQL ends the session', () => {
  /** The sessions of the service that are inside a transaction now. */
  const endSessions = async (): Promise<void> => {
    await database.admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and usename = 'waybill_api' and state = 'idle in transaction'`,
    );
  };
  const killedBeforeCommit = (attempt: number): Transactions => {
    let attempts = 0;
    return {
      ...database.transactions,
      write: (work) =>
        database.transactions.write(async (unit) => {
          const result = await work(unit);
          attempts += 1;
          if (attempts === attempt) await endSessions();
          return result;
        }),
    };
  };

  it('before the commit, the batch is placed by the next attempt, once', async () => {
    const tea = await stocked(database);
    const results = await placing(killedBeforeCommit(1))([aCommand(user.id, [tea.id])]);
    expect(inShort(results)).toEqual(['placed']);
    expect(await stockOf(database, tea.id)).toBe(9);
  });

  it('after the commit, before anybody hears of it, the order is found by its key', async () => {
    const tea = await stocked(database);
    let commits = 0;
    const deaf: Transactions = {
      ...database.transactions,
      async write(work) {
        const result = await database.transactions.write(work);
        commits += 1;
        if (commits === 1) {
          await database.transactions
            .write(async (unit) => {
              await unit.users.get(user.id);
              await endSessions();
            })
            .catch(() => undefined);
          throw new StorageError({ sqlState: '08006' });
        }
        return result;
      },
    };
    expect(inShort(await placing(deaf)([aCommand(user.id, [tea.id])]))).toEqual(['replayed']);
    expect(await stockOf(database, tea.id)).toBe(9);
  });

  it('more often than the pool has places, the service goes on', async () => {
    const tea = await stocked(database, { stock: POOL_SIZE + 1 });
    for (let round = 0; round <= POOL_SIZE; round += 1) {
      const results = await placing(killedBeforeCommit(1))([aCommand(user.id, [tea.id])]);
      expect(inShort(results)).toEqual(['placed']);
    }
    expect(await stockOf(database, tea.id)).toBe(0);
  });
});
