import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';

export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    principal: p.text().primary(),
    route: p.text().primary(),
    key: p.text().primary(),
    requestHash: p.character().length(64),
    status: p.smallint(),
    headers: p.json().$type<Readonly<Record<string, string>>>(),
    body: p.text(),
    expiresAt: p.datetime(3).columnType('timestamptz(3)'),
  },
});

export type IdempotencyKeyRow = InferEntity<typeof IdempotencyKeyEntity>;
