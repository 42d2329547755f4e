import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { type Outcome, parsed, run, type Surroundings } from '../command-line/run.fixture.ts';

let database: TestDatabase;
/** The service of the jobs, played by hand. */
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

const begin = (id: string) =>
  service.query(
    `update job_run set started_at = now(), attempts = 1, worker = 'host/1', steps_done = 30, steps_total = 120
     where id = $1`,
    [id],
  );
const end = (id: string, outcome: string, result: object) =>
  service.query(
    `update job_run set finished_at = now(), outcome = $2, result = $3, error_code = $4, error = $5 where id = $1`,
    [id, outcome, result, ...(outcome === 'failed' ? ['53100', 'the disk is full'] : [null, null])],
  );

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

  test('run asks in the caller’s name, follows with progress, and prints what came of it', async () => {
    const asked = waybill(['run', 'expire-keys', '--reason', 'too many']);
    const id = await onlyOpenRun();
    await begin(id);
    await new Promise((resolve) => setTimeout(resolve, 600)); // two looks
    await end(id, 'done', { deleted: 120 });

    const { exitCode, out, err } = await asked;
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^expire-keys \(run \d+\) {2}done in .*: deleted 120\n$/);
    expect(err).toContain('██████░░░░░░░░░░░░░░░░░░  30 of 120\n');
    const { rows } = await service.query('select requested_by, reason from job_run where id = $1', [id]);
    expect(rows).toEqual([{ requested_by: expect.stringMatching(/^ada@./), reason: 'too many' }]);
  });

  test.each([
    ['failed', {}, 1, { state: 'failed', errorCode: '53100', error: 'the disk is full' }],
    [
      'done',
      { findings: ['a day is missing'] },
      3,
      { state: 'done', result: { findings: ['a day is missing'] } },
    ],
  ])(
    'run exits with what a script needs when it is %s with %o: %i',
    async (outcome, result, exitCode, shown) => {
      const asked = waybill(['run', 'partitions', '--json']);
      const id = await onlyOpenRun();
      await end(id, outcome, result);

      const answered = await asked;
      expect(answered.exitCode).toBe(exitCode);
      expect(parsed(answered)).toEqual([expect.objectContaining({ run: id, job: 'partitions', ...shown })]);
    },
  );

  test('run --no-follow asks and leaves', async () => {
    const { exitCode, out } = await waybill(['run', 'partitions', '--no-follow', '--json']);
    const id = await onlyOpenRun();

    expect(exitCode).toBe(0);
    expect(parsed({ out })).toMatchObject([{ run: id, state: 'waiting', cause: 'request' }]);
    await end(id, 'done', {});
  });

  test('an unknown job is bad usage, and those that there are are named', async () => {
    for (const command of ['run', 'follow']) {
      const { exitCode, err } = await waybill([command, 'exprie']);
      expect(exitCode).toBe(2);
      expect(err).toBe('There is no job exprie. There are expire-keys, partitions.\n');
    }
  });

  test('list shows what each is at and how its last run ended', async () => {
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
    await service.query(`update job_run set finished_at = now(), outcome = 'done' where finished_at is null`);
  });

  test('follow shows each change of every run, as JSON one per line, until Ctrl-C or enough', async () => {
    const followed = waybill(['follow', '--json', '--max', '1']);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await waybill(['run', 'expire-keys', '--no-follow']);
    const id = await onlyOpenRun();
    await begin(id);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await end(id, 'done', {});

    const outcome = await followed;
    const states = parsed(outcome).map((line) =>
      typeof line === 'object' && line && 'state' in line ? line.state : '',
    );
    expect(outcome.exitCode).toBe(0);
    expect(states.at(-1)).toBe('done');
    expect(states).toContain('running');

    const ctrlC = new AbortController();
    const endless = waybill(['follow', 'partitions'], { signal: ctrlC.signal });
    ctrlC.abort();
    expect(await endless).toEqual({ exitCode: 0, out: '', err: '' });
  });
});
