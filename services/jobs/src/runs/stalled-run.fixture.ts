import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Job } from './job.ts';
import { saveJobs } from './job-run.sql.ts';
import { JobRunner } from './job-runner.ts';

/** A process that runs a job without an end, for a test to freeze. It prints what the run came to. */
const [, , url = ''] = process.argv;
const pool = new pg.Pool({ connectionString: url, max: 4 });
pool.on('error', () => undefined);
const job: Job = {
  name: 'endless',
  description: 'never ends by itself',
  schedule: { kind: 'every', ms: 3_600_000 },
  async run({ report }) {
    for (let done = 1; ; done += 1) {
      await report({ done });
      await delay(50);
    }
  },
};
await saveJobs(pool, [job]);
const runner = new JobRunner({
  pool,
  jobs: [job],
  settings: {
    attempts: 3,
    baseMs: 60_000,
    capMs: 60_000,
    limitMs: 600_000,
    stalledAfterMs: 1_000,
    worker: 'frozen',
  },
  onRun: ({ outcome }) => console.log(outcome),
});
await runner.runOpen(job.name);
await pool.end();
