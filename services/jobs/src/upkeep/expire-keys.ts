import type { Job } from '../runs/job.ts';
import { countExpiredKeys, deleteExpiredKeys } from './expired-keys.sql.ts';

/** A batch holds its row locks for some milliseconds; the API waits for none longer. */
const BATCH = 1_000;
/** Keys that are counted before the first is deleted; of more than these it is not said how many there are. */
const COUNTED = 10_000;

/** Deletes idempotency keys that have expired, in batches that commit one by one. */
export function expireKeys(batch = BATCH, counted = COUNTED): Job {
  return {
    name: 'expire-keys',
    description: 'deletes idempotency keys that have expired',
    schedule: { kind: 'every', ms: 10 * 60_000 },
    async run({ session, report, signal }) {
      const total = await countExpiredKeys(session, counted);
      let deleted = 0;
      for (;;) {
        signal.throwIfAborted();
        const now = await deleteExpiredKeys(session, batch);
        deleted += now;
        await report(
          total === undefined ? { done: deleted } : { done: deleted, total: Math.max(total, deleted) },
        );
        if (now < batch) return { deleted };
      }
    },
  };
}
