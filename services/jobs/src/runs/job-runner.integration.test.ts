import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { gate, type JobsBench, jobsBench, testJob } from '../jobs.fixture.ts';
import { appendDueRuns } from './job-run.sql.ts';

let bench: JobsBench;
beforeAll(async () => {
  bench = await jobsBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a run that an operator asked for', () => {
  it('is done once, with its result and who did it', async () => {
    const job = await testJob(bench, async () => ({ found: 3 }), 'asked');
    await bench.request('asked');
    const { runner, ran } = bench.runner([job], { worker: 'host/1' });

    await runner.runOpen('asked');
    await runner.runOpen('asked');

    expect(ran.map(({ outcome }) => outcome)).toEqual(['done']);
    expect(await bench.runs('asked')).toMatchObject([
      { cause: 'request', attempts: 1, worker: 'host/1', outcome: 'done', result: { found: 3 } },
    ]);
  });

  it.each([
    ['of a job that there is not', `select job_request('nothing', 'ada', 'why')`, /there is no job nothing/],
    ['by nobody', `select job_request('asked', ' ', 'why')`, /who asks, and why/],
    ['without a reason', `select job_request('asked', 'ada', '')`, /who asks, and why/],
  ])('is refused %s', async (_, statement, sentence) => {
    await expect(bench.admin.query(statement)).rejects.toThrow(sentence);
  });
});

describe('a run that is due', () => {
  const dueAt = new Date('2026-03-01T03:00:00Z');
  const due = (job: string, date = dueAt) => [{ job, dueAt: date }];

  it('is appended once, whoever notices it, and not before the one before it has ended', async () => {
    const job = await testJob(bench, async () => ({}), 'due');
    await Promise.all([1, 2, 3, 4].map(() => appendDueRuns(bench.pool, due('due'))));
    const next = new Date(dueAt.getTime() + 60_000);
    expect(await appendDueRuns(bench.pool, due('due', next))).toEqual([]);
    expect(await bench.runs('due')).toMatchObject([{ cause: 'schedule', outcome: null }]);

    await bench.runner([job]).runner.runOpen('due');

    expect(await appendDueRuns(bench.pool, due('due'))).toEqual([]);
    expect(await appendDueRuns(bench.pool, due('due', next))).toEqual(['due']);
  });
});

describe('two processes', () => {
  it('never run the same job at once, and the second finds nothing left to do', async () => {
    const open = gate();
    let atOnce = 0;
    let most = 0;
    const job = await testJob(
      bench,
      async () => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await open.promise;
        atOnce -= 1;
        return {};
      },
      'alone',
    );
    await bench.request('alone');
    await bench.request('alone');
    const [one, two] = [bench.runner([job]), bench.runner([job])];

    const first = one.runner.runOpen('alone');
    await until('it runs', () => atOnce === 1);
    expect(await two.runner.runOpen('alone')).toEqual([]);
    open.resolve();
    await first;
    await Promise.all([one.runner.runOpen('alone'), two.runner.runOpen('alone')]);

    expect(most).toBe(1);
    expect((await bench.runs('alone')).map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['done', 1],
      ['done', 1],
    ]);
  });
});

describe('a run that fails', () => {
  const refused = Object.assign(new Error('the disk is full'), { code: '53100' });

  it('shows its error, waits, is repeated, and forgets the error when it is done', async () => {
    let fails = true;
    const job = await testJob(
      bench,
      async () => {
        if (fails) throw refused;
        return { repaired: true };
      },
      'failing',
    );
    await bench.request('failing');
    const { runner } = bench.runner([job], { baseMs: 60_000, capMs: 60_000 });

    await runner.runOpen('failing');
    await runner.runOpen('failing');

    expect(await bench.runs('failing')).toMatchObject([
      { attempts: 1, outcome: null, error_code: '53100', error: 'the disk is full', waits: true },
    ]);
    fails = false;
    await bench.admin.query(`update job_run set next_attempt_at = now() where job = 'failing'`);
    await runner.runOpen('failing');
    expect(await bench.runs('failing')).toMatchObject([
      { attempts: 2, outcome: 'done', error_code: null, error: null, result: { repaired: true } },
    ]);
  });

  it('has failed after its last attempt, and is left alone', async () => {
    const job = await testJob(bench, () => Promise.reject(refused), 'hopeless');
    await bench.request('hopeless');
    const { runner, ran } = bench.runner([job]);

    await until('it gave up', async () => {
      await runner.runOpen('hopeless');
      return ran.at(-1)?.outcome === 'failed';
    });
    await runner.runOpen('hopeless');

    expect(ran.map(({ outcome }) => outcome)).toEqual(['again', 'again', 'failed']);
    expect(await bench.runs('hopeless')).toMatchObject([
      { attempts: 3, outcome: 'failed', error_code: '53100' },
    ]);
  });

  it('is one that takes too long: it is left behind, and its session with it', async () => {
    const job = await testJob(bench, () => new Promise(() => {}), 'endless');
    await bench.request('endless');
    const { runner } = bench.runner([job], { limitMs: 50, baseMs: 60_000, capMs: 60_000 });

    await runner.runOpen('endless');

    expect(await bench.runs('endless')).toMatchObject([{ error_code: 'RUN_TOO_LONG', outcome: null }]);
    await until('nobody holds its lock', async () => (await heldLocks()) === 0);
  });

  it('is none that takes as long as its own job may', async () => {
    const job = await testJob(bench, async () => ({ slept: await sleep(100, true) }), 'patient');
    await bench.request('patient');
    const { runner } = bench.runner([{ ...job, limitMs: 60_000 }], { limitMs: 20 });

    await runner.runOpen('patient');

    expect(await bench.runs('patient')).toMatchObject([{ outcome: 'done', result: { slept: true } }]);
  });
});

describe('a process that stops', () => {
  it('lets the run under way come to its end, and begins no other', async () => {
    const open = gate();
    let begun = 0;
    const job = await testJob(
      bench,
      async () => {
        begun += 1;
        await open.promise;
        return {};
      },
      'ending',
    );
    await bench.request('ending');
    await bench.request('ending');
    const { runner, ran } = bench.runner([job]);
    void runner.runOpen('ending');
    await until('it runs', () => begun === 1);

    const stopped = runner.stop(60_000);
    open.resolve();
    await stopped;

    expect(ran.map(({ outcome }) => outcome)).toEqual(['done']);
    expect((await bench.runs('ending')).map(({ outcome }) => outcome)).toEqual(['done', null]);
    expect(await runner.runOpen('ending')).toEqual([]);
  });

  it('puts back a run that takes longer than it may wait, without an attempt spent', async () => {
    const job = await testJob(
      bench,
      ({ session }) => session.query({ text: 'select pg_sleep(600)', values: [] }).then(() => ({})),
      'slow',
    );
    await bench.request('slow');
    const { runner, ran } = bench.runner([job]);
    const running = runner.runOpen('slow');
    await until('it runs', async () => (await bench.runs('slow'))[0]?.started === true);

    await runner.stop(50);
    await running;

    expect(ran.map(({ outcome }) => outcome)).toEqual(['interrupted']);
    expect(await bench.runs('slow')).toMatchObject([{ attempts: 0, started: false, outcome: null }]);
  });
});

async function heldLocks(): Promise<number> {
  const { rows } =
    await bench.admin.query(`select count(*)::int as n from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())`);
  return rows[0].n;
}
