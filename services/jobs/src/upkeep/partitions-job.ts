import { dropOldDays, isPassing, makePartitions } from '@waybill/outbox/retention';
import type { Job } from '../runs/job.ts';

/** As many as the relay's own upkeep makes. */
const DAYS_AHEAD = 7;

/**
 * What the relay's upkeep does, done again: days ahead are made, days past are dropped. It finds nothing to do while a
 * relay lives, and finds what neither of them can mend; what only waits for a moment is left for later.
 *
 * @param retentionDays as the relay's
 */
export function partitionsJob(retentionDays: number): Job {
  return {
    name: 'partitions',
    description: 'makes the outbox’s partitions ahead and drops old ones, should the relay not have',
    schedule: { kind: 'every', ms: 3_600_000 },
    async run({ session, report }) {
      const { made, blocked } = await makePartitions(session, DAYS_AHEAD);
      await report({ done: 1, total: 2 });
      const { dropped, kept } = await dropOldDays(session, retentionDays);
      await report({ done: 2, total: 2 });
      const findings = [
        ...(blocked > 0 ? [`${blocked} days have no partition: their rows are in the default one`] : []),
        ...kept
          .filter((one) => !isPassing(one))
          .map(({ partition, reason }) => `${partition} is kept: ${reason}`),
      ];
      const later = kept.filter(isPassing).map(({ partition, reason }) => `${partition}: ${reason}`);
      return {
        made,
        days_ahead: DAYS_AHEAD,
        dropped,
        ...(later.length > 0 ? { left_for_later: later } : {}),
        ...(findings.length > 0 ? { findings } : {}),
      };
    },
  };
}
