import { expect, it } from 'vitest';
import { InMemoryTransactions } from '../persistence/in-memory/in-memory-transactions.ts';
import { newId } from '../testing/examples.ts';
import { createUserUseCase } from './create-user.ts';

it('gives one of two that race for an address the same answer as one who came later', async () => {
  const createUser = createUserUseCase({
    transactions: new InMemoryTransactions(),
    now: () => new Date(),
    newId,
  });
  const author = { actor: 'clerk', requestId: 'a' };
  const raced = await Promise.all([
    createUser({ email: 'ada@example.com', name: 'Ada' }, author),
    createUser({ email: 'ADA@example.com', name: 'Ada too' }, author),
  ]);
  const late = await createUser({ email: 'Ada@Example.com', name: 'Late Ada' }, author);
  expect(raced.map(({ kind }) => kind).sort()).toEqual(['done', 'rejected']);
  expect([...raced, late]).toContainEqual({ kind: 'rejected', rejection: { kind: 'duplicate-email' } });
  expect(late.kind).toBe('rejected');
});
