import { describe, expect, it } from 'vitest';
import type { User } from '../domain/user.ts';
import { aUser, newId } from '../testing/examples.ts';
import type { Transactions } from '../use-cases/unit-of-work.ts';

/** What use cases rely on in users. */
export function describeUsers(name: string, transactions: () => Transactions): void {
  const write: Transactions['write'] = (work) => transactions().write(work);
  const read: Transactions['read'] = (work) => transactions().read(work);
  const given = async (...users: User[]) =>
    write(async (unit) => users.forEach((user) => unit.users.add(user)));

  describe(`${name}: users`, () => {
    it('gives back what was added, by id and by e-mail in any case', async () => {
      const user = aUser();
      await given(user);
      expect(await read(({ users }) => users.get(user.id))).toEqual(user);
      expect(await read(({ users }) => users.byEmail(user.email.toUpperCase()))).toEqual(user);
      expect(await read(({ users }) => users.get(newId()))).toBeUndefined();
      expect(await read(({ users }) => users.byEmail('nobody@example.com'))).toBeUndefined();
    });

    it('refuses a second user with the same address in another case, by constraint', async () => {
      const user = aUser();
      await given(user);
      await expect(given(aUser({ email: user.email.toUpperCase() }))).rejects.toMatchObject({
        code: 'STORAGE',
        failure: 'refused',
        sqlState: '23505',
        constraint: 'uq_users_email',
      });
    });

    it('refuses two users with one address in one unit of work, and keeps neither', async () => {
      const user = aUser();
      await expect(given(user, aUser({ email: user.email }))).rejects.toMatchObject({
        constraint: 'uq_users_email',
      });
      expect(await read(({ users }) => users.get(user.id))).toBeUndefined();
    });

    it('does not see an addition before it is committed, and forgets it when the work fails', async () => {
      const user = aUser();
      const work = write(async ({ users }) => {
        users.add(user);
        expect(await users.byEmail(user.email)).toBeUndefined();
        throw new Error('changed my mind');
      });
      await expect(work).rejects.toThrow('changed my mind');
      expect(await read(({ users }) => users.byEmail(user.email))).toBeUndefined();
    });

    it('makes a user by address once, and gives the same one another name afterwards', async () => {
      const first = aUser();
      const again = aUser({ email: first.email.toUpperCase(), name: 'Ada Lovelace' });
      expect(await write(({ users }) => users.upsert(first))).toEqual({ kind: 'registered', user: first });
      const changed = { ...first, name: 'Ada Lovelace' };
      expect(await write(({ users }) => users.upsert(again))).toEqual({ kind: 'changed', user: changed });
      expect(await read(({ users }) => users.get(first.id))).toEqual(changed);
      expect(await read(({ users }) => users.get(again.id))).toBeUndefined();
    });

    it('lists in the order of ids, from behind a given one', async () => {
      const users = [aUser(), aUser(), aUser(), aUser()];
      await given(...users.toReversed());
      const after = users[0]?.id;
      expect(await read((unit) => unit.users.list({ limit: 2, after }))).toEqual(users.slice(1, 3));
    });

    it('tells which ids exist', async () => {
      const user = aUser();
      await given(user);
      expect(await read(({ users }) => users.existing([user.id, newId()]))).toEqual(new Set([user.id]));
      expect(await read(({ users }) => users.existing([]))).toEqual(new Set());
    });
  });
}
