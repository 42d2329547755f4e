import type { Transactions } from '../use-cases/unit-of-work.ts';
import { describeIdempotency } from './idempotency.contract.ts';
import { describeOrders } from './orders.contract.ts';
import { describeProducts } from './products.contract.ts';
import { describeUsers } from './users.contract.ts';

/** What every use case relies on. Runs over PostgreSQL and over the fake, so that the fake tells no lies. */
export function describeRepositories(name: string, transactions: () => Transactions): void {
  describeUsers(name, transactions);
  describeProducts(name, transactions);
  describeOrders(name, transactions);
  describeIdempotency(name, transactions);
}
