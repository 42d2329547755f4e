import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { type Outcome, parsed, run, type Surroundings } from '../command-line/run.fixture.ts';

let database: TestDatabase;
/** The service of the jobs, played by hand for what the real one does not show when a test wants it. */
let service: pg.Pool;

beforeAll(async () => {
  database = await createOrderDatabase();
  service = new pg.Pool({ connectionString: database.urlFor('waybill_jobs'), max: 2 });
});
afterAll(async () => {
  await service.end();
  await database[Symbol.asyncDispose]();
});

const waybill = (args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> =>
  run(['jobs', ...args], {
    ...surroundings,
    environment: { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops'), USER: 'ada' },
  });

async function onlyOpenRun(): Promise<string> {
  let ids: string[] = [];
  await until('a run is asked for', async () => {
    ids = (await service.query('select id from job_run where finished_at is null')).rows.map(({ id }) => id);
    return ids.length === 1;
  });
  return ids[0] ?? '';
}

test('before any service has run, says so', async () => {
  expect((await waybill(['list'])).out).toMatch(/^No service of the jobs has ever run/);
  const asked = await waybill(['run', 'expire-keys', '--json']);
  expect(asked).toMatchObject({ exitCode: 1, out: '' });
  expect(parsed({ out: asked.err })).toMatchObject([{ error: { code: 'NOT_YET' } }]);
});

describe('with a service of the jobs', () => {
  beforeAll(async () => {
    await service.query(
      `insert into job (name, schedule, description) values
         ('expire-keys', 'every 10 min', 'deletes keys'), ('partitions', 'every 1 h', 'makes days')`,
    );
  });

  test('run exits with 1 when it has failed for good, with the reason', async () => {
    const asked = waybill(['run', 'partitions', '--json']);
    const id = await onlyOpenRun();
    await service.query(
      `update job_run set attempts = 5, finished_at = now(), outcome = 'failed', error_code = '53100',
         error = 'the disk is full' where id = $1`,
      [id],
    );

    const answered = await asked;
    expect(answered).toMatchObject({ exitCode: 1, err: '' });
    const shown = { run: id, job: 'partitions', state: 'failed', attempts: 5, errorCode: '53100' };
    expect(parsed(answered)).toEqual([expect.objectContaining({ ...shown, error: 'the disk is full' })]);
  });

  test('run --no-follow does not wait for the service to begin', async () => {
    const { exitCode, out } = await waybill(['run', 'partitions', '--no-follow', '--json']);

    expect(exitCode).toBe(0);
    const id = await onlyOpenRun();
    expect(parsed({ out })).toMatchObject([{ run: id, state: 'waiting', cause: 'request' }]);
    await service.query(`update job_run set finished_at = now(), outcome = 'done' where id = $1`, [id]);
  });

  describe('and nobody to begin what is asked for', () => {
    const heardOf = (ago: string, job = '%') =>
      service.query('update job set seen_at = clock_timestamp() - $1::interval where name like $2', [
        ago,
        job,
      ]);
    const end = (id: string) =>
      service.query(`update job_run set finished_at = now(), outcome = 'done' where id = $1`, [id]);

    test('run says so after --wait, and leaves it asked for', async () => {
      const asked = await waybill(['run', 'partitions', '--wait', '1s']);
      const id = await onlyOpenRun();
      const because = 'services of the jobs are heard of, and none has begun it';
      expect(asked).toMatchObject({ exitCode: 1, out: '' });
      expect(asked.err).toContain(
        `Nobody was at run ${id} for 1 s: ${because}. It stays asked for: waybill jobs follow partitions.\n`,
      );

      const { err, exitCode } = await waybill(['run', 'partitions', '--wait', '0s', '--json']);
      expect(exitCode).toBe(1);
      const message = expect.stringContaining(`: run ${id} of partitions goes before it. It stays`);
      expect(parsed({ out: err })).toEqual([{ error: { code: 'NOT_YET', message } }]);
      await service.query(
        `update job_run set finished_at = now(), outcome = 'done' where finished_at is null`,
      );
    });

    test('run goes on for longer than --wait with what a service has begun', async () => {
      const asked = waybill(['run', 'partitions', '--wait', '1s']);
      const id = await onlyOpenRun();
      await service.query('update job_run set started_at = now(), attempts = 1 where id = $1', [id]);
      await sleep(1_500);
      await end(id);
      expect(await asked).toMatchObject({ exitCode: 0 });
    });

    test('run and list say that no service is heard of', async () => {
      await heardOf('13 min');
      const silence = 'no service of the jobs has been heard of for 13 min';
      const waits = 'waits for the service of the jobs to begin it';
      const { out } = await waybill(['run', 'partitions', '--no-follow']);
      const id = await onlyOpenRun();
      expect(out).toBe(`partitions (run ${id})  ${waits}; ${silence}\n`);
      await end(id);
      const { err } = await waybill(['run', 'partitions', '--wait', '1s']);
      expect(err).toMatch(
        new RegExp(`${waits}; ${silence}\nNobody was at run \\d+ for 1 s: ${silence}\\. It`),
      );
      expect((await waybill(['list'])).out).toMatch(
        /\nNo service of the jobs has been heard of since \S+Z: nothing begins until one is started\.\n$/,
      );
      await end(await onlyOpenRun());
      await heardOf('0');
    });

    test('a job that no service has any more cannot be run', async () => {
      await heardOf('3 min', 'partitions');
      const { exitCode, err, out } = await waybill(['run', 'partitions']);
      expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
      expect(err).toMatch(/^No service of the jobs has partitions any more; one had it last at \S+Z\.\n$/);
      expect((await waybill(['list'])).out).toMatch(/partitions +every 1 h +retired /);
      await heardOf('0');
    });
  });

  test('an unknown job is bad usage, and those that there are are named', async () => {
    for (const command of ['run', 'follow']) {
      const { exitCode, err } = await waybill([command, 'exprie']);
      expect(exitCode).toBe(2);
      expect(err).toBe('There is no job exprie. There are expire-keys, partitions.\n');
    }
  });

  test('list shows a run that is repeated beside the one that ended before it', async () => {
    await service.query(
      `insert into job_run (job, cause, due_at, finished_at, outcome) values
         ('expire-keys', 'schedule', now() - interval '10 min', now(), 'done'),
         ('partitions', 'schedule', now() - interval '1 h', now(), 'done')`,
    );
    await service.query(
      `insert into job_run (job, cause, due_at, attempts, started_at, next_attempt_at, error_code, error)
       values ('expire-keys', 'schedule', now(), 1, now(), now() + interval '1 min', 'ECONNRESET', 'cut off')`,
    );
    const { out } = await waybill(['list']);
    expect(out).toMatch(/^job +schedule +now +last run/);
    expect(out).toMatch(/expire-keys +every 10 min +repeating +\d{4}-.*done +cut off\n/);
    expect(out).toMatch(/partitions +every 1 h +idle +\d{4}-.*done +–\n/);
    expect(parsed(await waybill(['list', '--json']))).toMatchObject([
      [
        {
          name: 'expire-keys',
          open: { state: 'repeating', errorCode: 'ECONNRESET' },
          last: { state: 'done' },
        },
        { name: 'partitions', open: null, last: { state: 'done' } },
      ],
    ]);
  });

  test('follow ends at once when Ctrl-C is pressed while nothing runs', async () => {
    const ctrlC = new AbortController();
    const endless = waybill(['follow', 'partitions'], { signal: ctrlC.signal });
    ctrlC.abort();
    expect(await endless).toEqual({ exitCode: 0, out: '', err: '' });
  });
});
