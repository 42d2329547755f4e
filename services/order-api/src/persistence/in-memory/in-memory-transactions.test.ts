import { describeRepositories } from '../repositories.contract.ts';
import { InMemoryTransactions } from './in-memory-transactions.ts';

const transactions = new InMemoryTransactions();

describeRepositories('in memory', () => transactions);
