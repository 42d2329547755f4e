import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { gate, type JobsBench, jobsBench, testJob } from '../jobs.fixture.ts';
import { appendDueRuns, saveJobs } from './job-run.sql.ts';
import { checkForOverdueRuns } from './overdue-check.ts';
import { endRetiredRuns } from './retired-runs.sql.ts';

let bench: JobsBench;
beforeAll(async () => {
  bench = await jobsBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a job that no service has any more', () => {
  const heardOf = (job: string, ago: string) =>
    bench.admin.query(`update job set seen_at = clock_timestamp() - $2::interval where name = $1`, [
      job,
      ago,
    ]);
  const standing = async (job: string): Promise<string> =>
    (await bench.admin.query('select job_standing(job) as standing from job where name = $1', [job])).rows[0]
      .standing;
  const outcomes = async (job: string) =>
    (await bench.runs(job)).map(({ cause, outcome, error_code }) => [cause, outcome, error_code]);

  it('cannot be asked for, and what was asked for has failed; unless somebody is at it all the same', async () => {
    const open = gate();
    const cutOff = await testJob(
      bench,
      async () => {
        await open.promise;
        return {};
      },
      'cut-off',
    );
    await testJob(bench, async () => ({}), 'removed');
    const kept = await testJob(bench, async () => ({}), 'kept');
    await bench.request('removed');
    await bench.request('cut-off');
    await appendDueRuns(bench.pool, [{ job: 'removed', dueAt: new Date() }]);
    const { runner } = bench.runner([cutOff]);
    const running = runner.runOpen('cut-off');
    await until('it runs', async () => (await bench.runs('cut-off'))[0]?.started === true);
    for (const job of ['removed', 'cut-off']) await heardOf(job, '119 s');
    expect(await endRetiredRuns(bench.pool)).toBe(0);
    for (const job of ['removed', 'cut-off']) await heardOf(job, '3 min');
    await saveJobs(bench.pool, [kept]);

    expect(await endRetiredRuns(bench.pool)).toBe(1);

    expect(await outcomes('removed')).toEqual([
      ['request', 'failed', 'JOB_RETIRED'],
      ['schedule', null, null],
    ]);
    await expect(bench.request('removed')).rejects.toThrow(/no service has the job removed any more/);
    expect(await outcomes('cut-off')).toEqual([['request', null, null]]);
    open.resolve();
    await running;
    expect(await outcomes('cut-off')).toEqual([['request', 'done', null]]);
  });

  it('is none that one of two services has, which is said again and again', async () => {
    const [old, common] = [
      await testJob(bench, async () => ({}), 'of-the-old'),
      await testJob(bench, async () => ({}), 'of-both'),
    ];
    const ending = new AbortController();
    const services = [[old, common], [common]].map((jobs) =>
      checkForOverdueRuns(
        {
          pool: bench.pool,
          jobs,
          runner: bench.runner(jobs).runner,
          everyMs: 10,
          saveEveryMs: 20,
          overdueAfterMs: 0,
          onCheck: () => undefined,
        },
        ending.signal,
      ),
    );
    await until('both have run', async () => (await bench.runs('of-the-old'))[0]?.outcome === 'done');
    await heardOf('of-the-old', '3 min');
    await until('it is heard of', async () => (await standing('of-the-old')) === 'here');
    expect(await outcomes('of-the-old')).toEqual([['schedule', 'done', null]]);
    ending.abort();
    await Promise.all(services);
  });

  it('is none where no service is heard of at all: it is carried out when one begins', async () => {
    const job = await testJob(bench, async () => ({}), 'waiting');
    await bench.admin.query(`update job set seen_at = clock_timestamp() - interval '1 h'`);
    expect(await standing('waiting')).toBe('silent');
    await bench.request('waiting');
    expect(await endRetiredRuns(bench.pool)).toBe(0);
    await bench.runner([job]).runner.runOpen('waiting');
    expect(await outcomes('waiting')).toEqual([['request', 'done', null]]);
  });
});
