import { dropOldDays, type KeptPartition, makePartitions } from '@waybill/outbox/retention';
import type { Job } from '../runs/job.ts';

/** As many as the relay's own upkeep makes. */
const DAYS_AHEAD = 7;

/**
 * What the relay's upkeep does, done again: days ahead are made, days past are dropped. It finds nothing to do while a
 * relay lives, and says what neither of them can mend.
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
        ...kept.map(sentence),
      ];
      return { made, days_ahead: DAYS_AHEAD, dropped, ...(findings.length > 0 ? { findings } : {}) };
    },
  };
}

function sentence({ partition, reason }: KeptPartition): string {
  return `${partition} is kept: ${reason}`;
}
