import type { EntityManager } from '@mikro-orm/postgresql';
import { type IdempotencyRecord, identityText } from '../use-cases/idempotency.ts';
import type { IdempotencyRepository } from '../use-cases/repositories.ts';
import { IdempotencyKeyEntity, type IdempotencyKeyRow } from './entities/idempotency-key.entity.ts';
import { tryLockTexts } from './try-lock-texts.sql.ts';

export function idempotencyRepository(em: EntityManager): IdempotencyRepository {
  const expired = new Map<string, IdempotencyKeyRow>();
  return {
    async tryLock(identities) {
      return identities.length === 0 ? [] : tryLockTexts(em, identities.map(identityText));
    },

    async find(identities, now) {
      if (identities.length === 0) return [];
      const rows = await em.find(IdempotencyKeyEntity, {
        $or: identities.map((identity) => ({ ...identity })),
      });
      for (const row of rows.filter(({ expiresAt }) => expiresAt <= now)) expired.set(identityText(row), row);
      return rows.filter(({ expiresAt }) => expiresAt > now).map(recordOf);
    },

    put({ identity, requestHash, answer, expiresAt }) {
      const values = { requestHash, ...answer, expiresAt };
      const row = expired.get(identityText(identity));
      if (row) em.assign(row, values);
      else em.persist(em.create(IdempotencyKeyEntity, { ...identity, ...values }));
    },
  };
}

function recordOf(row: IdempotencyKeyRow): IdempotencyRecord {
  const { principal, route, key, requestHash, status, headers, body, expiresAt } = row;
  return {
    identity: { principal, route, key },
    requestHash,
    answer: { status, headers, body },
    expiresAt,
  };
}
