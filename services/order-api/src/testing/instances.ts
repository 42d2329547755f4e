import { createInsertOfEvents, readLanes } from '@waybill/outbox';
import { openOrderOrm, type WatchPool } from '../persistence/orm.ts';
import { ormTransactions } from '../persistence/transactions.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';
import type { OrderDatabase } from './order-database.ts';

export interface Instance extends AsyncDisposable {
  readonly transactions: Transactions;
}

/** The persistence of one more instance of the service on the same database, with connections of its own. */
export async function oneMoreInstance(
  { settings }: Pick<OrderDatabase, 'settings'>,
  watchPool?: WatchPool,
): Promise<Instance> {
  const orm = await openOrderOrm(settings, watchPool);
  try {
    const transactions = ormTransactions(orm, createInsertOfEvents(await readLanes(orm.em.fork())));
    return { transactions, [Symbol.asyncDispose]: () => orm.close(true) };
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}
