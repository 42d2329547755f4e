import type { Job } from '../runs/job.ts';
import { makePartitions } from './partitions.sql.ts';

/** As many as the relay's own upkeep makes. */
const DAYS_AHEAD = 7;

/** Events of a day have no partition of their own, so they cannot be dropped by day. */
export class PartitionsBlockedError extends Error {
  readonly code = 'PARTITIONS_BLOCKED';

  constructor(blocked: number) {
    super(
      `${blocked} daily partitions cannot be made: rows of their days are in the default partition; nothing is lost`,
    );
    this.name = 'PartitionsBlockedError';
  }
}

/** The relay makes partitions itself; this finds out when it does not. */
export const checkPartitions: Job = {
  name: 'partitions',
  description: 'makes the outbox’s partitions for the days ahead, should the relay not have',
  schedule: { kind: 'every', ms: 3_600_000 },
  async run({ session }) {
    const { made, blocked } = await makePartitions(session, DAYS_AHEAD);
    if (blocked > 0) throw new PartitionsBlockedError(blocked);
    return { made, days_ahead: DAYS_AHEAD };
  },
};
