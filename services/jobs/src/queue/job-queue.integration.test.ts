import { Redis } from 'ioredis';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import type { LocalServer } from '../../../../infra/local/index.ts';
import { until } from '../../../../test/relay/bench.ts';
import { startOwnRedis } from '../../../../test/servers/own-redis.ts';
import { temporaryFolder } from '../../../../test/servers/temporary-folder.ts';
import { gate, type JobsBench, jobsBench } from '../jobs.fixture.ts';
import type { Job } from '../runs/job.ts';
import { saveJobs } from '../runs/job-run.sql.ts';
import { openJobQueue } from './job-queue.ts';

const logger = pino({ level: 'silent' });

interface Setting extends AsyncDisposable {
  readonly bench: JobsBench;
  readonly redis: LocalServer;
  readonly client: Redis;
  /** A process: its runner and its part of the queue. No check of PostgreSQL runs beside it. */
  process(job: Job): Promise<{ readonly close: () => Promise<void> }>;
}

async function setting(): Promise<Setting> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const bench = stack.use(await jobsBench());
  const redis = stack.use(await startOwnRedis(folder.path));
  const client = new Redis(redis.url);
  client.on('error', () => undefined);
  stack.defer(() => client.disconnect());
  const opened = stack.move();
  return {
    bench,
    redis,
    client,
    async process(job) {
      await saveJobs(bench.pool, [job]);
      const { runner } = bench.runner([job], { baseMs: 600_000, capMs: 600_000 });
      const queue = openJobQueue({
        redisUrl: redis.url,
        jobs: [job],
        runner,
        database: bench.pool,
        logger,
      });
      const close = async (): Promise<void> => {
        await runner.stop(5_000);
        await queue.close();
      };
      opened.defer(close);
      return { close };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const every = (ms: number, run: Job['run']): Job => ({
  name: 'ticking',
  description: 'of a test',
  schedule: { kind: 'every', ms },
  run,
});

it('finishes a run whose tick Redis forgot in the middle, and goes on by schedules put back', async () => {
  await using on = await setting();
  const open = gate();
  let begun = 0;
  const job = every(400, async () => {
    begun += 1;
    await open.promise;
    return { begun };
  });
  await on.process(job);
  await until('a run is under way', () => begun === 1);

  await on.client.flushall();
  open.resolve();

  await until('it is done', async () => (await on.bench.runs('ticking'))[0]?.outcome === 'done');
  await until('others follow', () => begun >= 3);
  const due = await on.bench.admin.query(
    `select count(*)::int as runs, count(distinct due_at)::int as times from job_run`,
  );
  expect(due.rows[0].runs).toBe(due.rows[0].times);
}, 60_000);

it('gives each due time one run, however many processes are woken, and shows what failed', async () => {
  await using on = await setting();
  let ran = 0;
  const job = every(300, async () => {
    ran += 1;
    if (ran === 1) throw new Error('the disk is full');
    return {};
  });
  await Promise.all([on.process(job), on.process(job)]);

  await until('the failure is shown by BullMQ too', async () => {
    const [failed] = await on.client.zrange('waybill:jobs:failed', '0', '-1');
    return (
      failed !== undefined &&
      (await on.client.hget(`waybill:jobs:${failed}`, 'failedReason')) === 'the disk is full'
    );
  });
  // No other run of its schedule is begun while it waits to be repeated.
  expect(await on.bench.runs('ticking')).toMatchObject([
    { attempts: 1, error: 'the disk is full', waits: true },
  ]);
  await on.bench.admin.query('update job_run set next_attempt_at = now()');
  await until('it goes on', () => ran >= 5);
  const runs = await on.bench.admin.query(
    `select count(*)::int as runs, count(distinct due_at)::int as times, max(attempts)::int as attempts from job_run`,
  );
  expect(runs.rows[0].runs).toBe(runs.rows[0].times);
  expect(runs.rows[0].attempts).toBe(2);
}, 60_000);

it('appends nothing of a future that only its host lives in', async () => {
  await using on = await setting();
  const now = Date.now.bind(Date);
  const ahead = vi.spyOn(Date, 'now').mockImplementation(() => now() + 6 * 3_600_000);
  try {
    await on.process(every(300, async () => ({})));
    await until('it ticks', async () => (await on.bench.runs('ticking')).length >= 2);
  } finally {
    ahead.mockRestore();
  }

  const future = await on.bench.admin.query(
    `select from job_run where due_at > clock_timestamp() + interval '10 s'`,
  );
  expect(future.rowCount).toBe(0);
}, 60_000);

it('closes in time when Redis is away', async () => {
  await using on = await setting();
  const { close } = await on.process(every(300, async () => ({})));
  await until('it ticks', async () => (await on.bench.runs('ticking')).length > 0);
  on.redis.signal('SIGKILL');
  await on.redis.exited;

  const closed = close().then(() => 'closed');
  expect(await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 7_000, 'hangs'))])).toBe(
    'closed',
  );
}, 60_000);
