import { done, type Outcome, rejected } from '../domain/rejection.ts';
import type { User } from '../domain/user.ts';
import type { Author } from './audit.ts';
import { brokeConstraint } from './storage-error.ts';
import type { Transactions } from './unit-of-work.ts';

export interface CreateUserDependencies {
  readonly transactions: Transactions;
  readonly now: () => Date;
  readonly newId: () => string;
}

export type CreateUser = (wanted: { email: string; name: string }, author: Author) => Promise<Outcome<User>>;

/**
 * Two that race for one address both pass the check; the unique index decides, and the loser gets the same answer
 * as the one who came a day later.
 */
export function createUserUseCase({ transactions, now, newId }: CreateUserDependencies): CreateUser {
  return async ({ email, name }, author) => {
    const user: User = { id: newId(), email, name, createdAt: now() };
    try {
      return await transactions.write(async (unit) => {
        if (await unit.users.byEmail(email)) return rejected({ kind: 'duplicate-email' });
        unit.users.add(user);
        unit.audit.record({ author, action: 'user.registered', table: 'users', rowId: user.id });
        return done(user);
      });
    } catch (error) {
      if (brokeConstraint(error, 'uq_users_email')) return rejected({ kind: 'duplicate-email' });
      throw error;
    }
  };
}
