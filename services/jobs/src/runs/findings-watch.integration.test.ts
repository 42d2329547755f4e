import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { type JobsBench, jobsBench, testJob } from '../jobs.fixture.ts';
import { FindingsWatch } from './findings-watch.ts';
import type { JobResult, Queryable } from './job.ts';

let bench: JobsBench;
beforeAll(async () => {
  bench = await jobsBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

it('knows what each job found last, in a process that ran none of them, while the database answers', async () => {
  const results: (JobResult | Error)[] = [
    { findings: ['a', 'b'] },
    { findings: ['c'] },
    new Error('planted'),
  ];
  const job = await testJob(
    bench,
    async () => {
      const result = results.shift() ?? {};
      if (result instanceof Error) throw result;
      return result;
    },
    'finding',
  );
  await testJob(bench, async () => ({}), 'idle');
  const { runner } = bench.runner([job], { attempts: 1 });
  const runOnce = async (): Promise<void> => {
    await bench.request('finding');
    await runner.runOpen('finding');
  };
  let isDatabaseHere = true;
  const database: Queryable = {
    query: ({ text, values }) =>
      isDatabaseHere ? bench.pool.query(text, [...values]) : Promise.reject(new Error('away')),
  };
  await runOnce();
  await runOnce();

  const watch = new FindingsWatch({ database, jobs: ['finding', 'idle'], everyMs: 10 });
  const ending = new AbortController();
  const watching = watch.run(ending.signal);
  const known = (text: string) => () => JSON.stringify([...(watch.findings ?? ['nothing'])]) === text;
  await until('the newest counts', known('[["finding",1]]'));
  await runOnce();
  expect((await bench.runs('finding')).map(({ outcome }) => outcome)).toEqual(['done', 'done', 'failed']);
  isDatabaseHere = false;
  await until('nothing is known', known('["nothing"]'));
  isDatabaseHere = true;
  await until('a failure has found nothing, and changes nothing', known('[["finding",1]]'));
  await runOnce();
  await until('all is well', known('[["finding",0]]'));
  ending.abort();
  await watching;
});
