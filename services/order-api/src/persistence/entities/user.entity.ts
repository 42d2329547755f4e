import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';

export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    email: p.string().length(120),
    name: p.string().length(60),
    createdAt: p.datetime(3).columnType('timestamptz(3)'),
  },
});

export type UserRow = InferEntity<typeof UserEntity>;
