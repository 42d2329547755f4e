import type { Job } from '../runs/job.ts';
import { forgetAuditEntries } from './forget-audit.sql.ts';

/** Entries of one transaction. */
const BATCH = 5_000;

/**
 * Deletes audit entries that are older than they are to be kept, in batches that commit one by one. Made only where
 * somebody said how long that is: kept for ever, they harm nobody.
 */
export function forgetAudit(keepDays: number, batch = BATCH): Job {
  return {
    name: 'forget-audit',
    description: `deletes audit entries older than ${keepDays} days`,
    schedule: { kind: 'every', ms: 6 * 3_600_000 },
    async run({ session, report, signal }) {
      let deleted = 0;
      for (;;) {
        signal.throwIfAborted();
        const now = await forgetAuditEntries(session, keepDays, batch);
        deleted += now;
        await report({ done: deleted, total: deleted });
        if (now < batch) return { deleted };
      }
    },
  };
}
