import { expect, it, vi } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { type JobsBench, jobsBench, testJob } from '../jobs.fixture.ts';
import type { Job } from './job.ts';
import { checkForOverdueRuns } from './overdue-check.ts';

/** Looks for what is overdue, without a grace, while `what` runs. */
async function whileChecking(bench: JobsBench, job: Job, what: () => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const ended = checkForOverdueRuns(
    {
      pool: bench.pool,
      jobs: [job],
      runner: bench.runner([job]).runner,
      everyMs: 10,
      saveEveryMs: 1_000,
      overdueAfterMs: 0,
      onCheck: () => undefined,
    },
    ending.signal,
  );
  try {
    await what();
  } finally {
    ending.abort();
    await ended;
  }
}

it.each([
  ['ahead', 6],
  ['behind', -6],
])('by a host whose clock is %s by hours what is due now is begun, and nothing else', async (_, hours) => {
  await using bench = await jobsBench();
  const job = await testJob(bench, async () => ({}), 'hourly');
  const now = Date.now.bind(Date);
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3_600_000);
  try {
    await whileChecking(bench, job, async () => {
      await until('it is done', async () =>
        (await bench.runs('hourly')).some(({ outcome }) => outcome === 'done'),
      );
    });
  } finally {
    clock.mockRestore();
  }

  const due = await bench.admin.query(
    `select due_at between clock_timestamp() - interval '61 min' and clock_timestamp() as now from job_run`,
  );
  expect(due.rows).toEqual([{ now: true }]);
});

it('begins what becomes due later, each time', async () => {
  await using bench = await jobsBench();
  const hourly = await testJob(bench, async () => ({}), 'often');
  const often: Job = { ...hourly, schedule: { kind: 'every', ms: 300 } };
  const done = async () => (await bench.runs('often')).filter(({ outcome }) => outcome === 'done').length;
  await whileChecking(bench, often, () => until('it has run four times', async () => (await done()) >= 4));
  const causes = (await bench.runs('often')).map(({ cause }) => cause);
  expect(new Set(causes)).toEqual(new Set(['schedule']));
});
