import { expect, it, vi } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { jobsBench, testJob } from '../jobs.fixture.ts';
import { checkForOverdueRuns } from './overdue-check.ts';

it.each([
  ['ahead', 6],
  ['behind', -6],
])('by a host whose clock is %s by hours what is due now is begun, and nothing else', async (_, hours) => {
  await using bench = await jobsBench();
  const job = await testJob(bench, async () => ({}), 'hourly');
  const now = Date.now.bind(Date);
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + hours * 3_600_000);
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
    await until('it is done', async () =>
      (await bench.runs('hourly')).some(({ outcome }) => outcome === 'done'),
    );
  } finally {
    clock.mockRestore();
    ending.abort();
    await ended;
  }

  const due = await bench.admin.query(
    `select due_at between clock_timestamp() - interval '61 min' and clock_timestamp() as now from job_run`,
  );
  expect(due.rows).toEqual([{ now: true }]);
});
