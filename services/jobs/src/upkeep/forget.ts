import type { Job } from '../runs/job.ts';
import { forgetCanaries, forgetRuns } from './forget.sql.ts';

const KEPT_DAYS = 7;

/** Keeps the jobs' own tables small. */
export const forget: Job = {
  name: 'forget',
  description: `deletes runs and canaries older than ${KEPT_DAYS} days`,
  schedule: { kind: 'every', ms: 6 * 3_600_000 },
  async run({ session, report }) {
    const runs = await forgetRuns(session, KEPT_DAYS);
    await report({ done: 1, total: 2 });
    const canaries = await forgetCanaries(session, KEPT_DAYS);
    await report({ done: 2, total: 2 });
    return { runs, canaries };
  },
};
