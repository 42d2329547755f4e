import { type EntityManager, raw } from '@mikro-orm/postgresql';
import type { User } from '../domain/user.ts';
import type { UserRepository } from '../use-cases/repositories.ts';
import { UserEntity, type UserRow } from './entities/user.entity.ts';
import { existingUsers } from './existing-users.sql.ts';
import { upsertUser } from './upsert-user.sql.ts';

export function userRepository(em: EntityManager): UserRepository {
  return {
    async get(id) {
      const row = await em.findOne(UserEntity, { id });
      return row ? userOf(row) : undefined;
    },

    async byEmail(email) {
      const row = await em.findOne(UserEntity, { [raw('lower(email)')]: raw('lower(?)', [email]) });
      return row ? userOf(row) : undefined;
    },

    async existing(ids) {
      if (ids.length === 0) return new Set();
      return existingUsers(em, ids);
    },

    async list({ limit, after }) {
      const where = after === undefined ? {} : { id: { $gt: after } };
      const rows = await em.find(UserEntity, where, { orderBy: { id: 'asc' }, limit });
      return rows.map(userOf);
    },

    add(user) {
      em.persist(em.create(UserEntity, { ...user }));
    },

    upsert: (user) => upsertUser(em, user),
  };
}

function userOf({ id, email, name, createdAt }: UserRow): User {
  return { id, email, name, createdAt };
}
