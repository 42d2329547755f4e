import { afterAll, beforeAll } from 'vitest';
import { openOrderDatabase, type OrderDatabase } from '../testing/order-database.ts';
import { describeRepositories } from './repositories.contract.ts';

let database: OrderDatabase;

beforeAll(async () => {
  database = await openOrderDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

describeRepositories('PostgreSQL', () => database.transactions);
