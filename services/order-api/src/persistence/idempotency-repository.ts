import type { EntityManager } from '@mikro-orm/postgresql';
import { identityText } from '../use-cases/idempotency.ts';
import type { IdempotencyRepository } from '../use-cases/repositories.ts';
import { findIdempotencyKeys } from './idempotency-keys.sql.ts';
import type { PendingWrites } from './pending-writes.ts';
import { tryLockTexts } from './try-lock-texts.sql.ts';

export function idempotencyRepository(em: EntityManager, pending: PendingWrites): IdempotencyRepository {
  return {
    async tryLock(identities) {
      return identities.length === 0 ? [] : tryLockTexts(em, identities.map(identityText));
    },

    async find(identities, now) {
      if (identities.length === 0) return [];
      const records = await findIdempotencyKeys(em, identities);
      return records.filter(({ expiresAt }) => expiresAt > now);
    },

    put: (record, now) => void pending.keys.push({ record, now }),
  };
}
