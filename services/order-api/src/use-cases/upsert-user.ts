import type { User } from '../domain/user.ts';
import type { Author } from './audit.ts';
import type { Transactions } from './unit-of-work.ts';

export interface UpsertUserDependencies {
  readonly transactions: Transactions;
  readonly now: () => Date;
  readonly newId: () => string;
}

export type UpsertUser = (wanted: { email: string; name: string }, author: Author) => Promise<User>;

/** The user with this address afterwards: made, or with the new name. The address stays as it was first written. */
export function upsertUserUseCase({ transactions, now, newId }: UpsertUserDependencies): UpsertUser {
  return ({ email, name }, author) =>
    transactions.write(async (unit) => {
      const { kind, user } = await unit.users.upsert({ id: newId(), email, name, createdAt: now() });
      unit.audit.record({ author, action: `user.${kind}`, table: 'users', rowId: user.id });
      return user;
    });
}
