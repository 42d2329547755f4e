import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../infra/local/index.ts';
import { parsed } from '../../services/ops/src/command-line/run.fixture.ts';
import { until } from '../relay/bench.ts';
import { createOrderDatabase, type TestDatabase } from '../servers/databases.ts';
import { hold } from '../servers/hold.ts';
import { startOwnRedis } from '../servers/own-redis.ts';
import { serviceStarter } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';
import { startWaybill, type WaybillProcess } from '../servers/waybill-command.ts';

const stack = new AsyncDisposableStack();
let database: TestDatabase;
let admin: pg.Pool;

/** A command is a process of its own, which takes seconds to start on a busy machine. */
const LIMIT_MS = 60_000;
const limit = { timeout: 2 * LIMIT_MS };

/** All but reconcile, which misses Kafka. */
const upkeep = ['canary', 'expire-keys', 'forget', 'partitions'];

/** The service of the jobs, whose Kafka is away. What it runs from here on somebody has asked for. */
beforeAll(async () => {
  const folder = stack.use(temporaryFolder());
  database = stack.use(await createOrderDatabase());
  admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 2 });
  stack.defer(() => admin.end());
  const redis = stack.use(await startOwnRedis(folder.path));
  stack.use(
    await serviceStarter(folder.path)('jobs', {
      DATABASE_URL: database.urlFor('waybill_jobs'),
      KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
      REDIS_URL: redis.url,
      CANARY_EVERY_MS: '3600000',
      JOBS_CHECK_EVERY_MS: '200',
      JOBS_OVERDUE_AFTER_MS: '300',
    }),
  );
  await until('all have run that need no Kafka', async () => {
    const { rows } = await admin.query(
      `select distinct job from job_run where outcome = 'done' order by job`,
    );
    return rows.map(({ job }) => job).join() === upkeep.join();
  });
  await admin.query(`update job_run set due_at = due_at + interval '1 day' where job <> 'reconcile'`);
  // One that came due in the meantime.
  await until('none of them is under way', async () => {
    const { rows } = await admin.query(
      `select from job_run where job <> 'reconcile' and finished_at is null`,
    );
    return rows.length === 0;
  });
});

afterAll(() => stack.disposeAsync());

const waybill = (...args: string[]): WaybillProcess =>
  startWaybill(['jobs', ...args], { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops'), USER: 'ada' });

test('list shows every job of the service, when it runs, and how its last run ended', limit, async () => {
  await using asJson = waybill('list', '--json');
  await using asText = waybill('list');

  const answer = await asJson.ended;
  expect(answer).toMatchObject({ code: 0, err: '' });
  const last = { cause: 'schedule', state: 'done', errorCode: null };
  expect(parsed(answer)).toEqual([
    [
      expect.objectContaining({ name: 'canary', schedule: 'every 1 h', open: null }),
      expect.objectContaining({ name: 'expire-keys', schedule: 'every 10 min', open: null }),
      expect.objectContaining({ name: 'forget', schedule: 'every 6 h', open: null }),
      expect.objectContaining({ name: 'partitions', schedule: 'every 1 h', open: null }),
      expect.objectContaining({ name: 'reconcile', schedule: 'daily at 03:10 UTC' }),
    ],
  ]);
  expect(parsed(answer)).toMatchObject([[...upkeep.map(() => ({ last })), {}]]);
  const { code, out } = await asText.ended;
  expect(code).toBe(0);
  expect(out).toMatch(/^expire-keys +every 10 min +idle +\d{4}-\S+Z +\d+ m?s +done +–$/m);
});

test('run shows how far the service is, and follow too, until the run is done', limit, async () => {
  await admin.query(
    `insert into idempotency_keys (principal, route, key, request_hash, status, headers, body, expires_at)
     select gen_random_uuid(), '/v1/orders', n::text, repeat('0', 64), 201, '{}', '{}', now() - interval '1 h' + n * interval '1 ms'
     from generate_series(1, 2500) n`,
  );
  // Of the second thousand, which the job deletes by one statement.
  await using key = await hold(admin, `select from idempotency_keys where key = '1500' for update`);

  const isShown =
    ({ output }: WaybillProcess, text: string) =>
    () =>
      output.out.includes(text) || output.err.includes(text);
  await using asJson = waybill('follow', 'expire-keys', '--json', '--max', '1');
  await using asText = waybill('follow', 'expire-keys', '--max', '1');
  await using run = waybill('run', 'expire-keys', '--reason', 'too many');
  await until(
    'run shows the first thousand',
    isShown(run, '  ██████████░░░░░░░░░░░░░░  1,000 of 2,500\n'),
    LIMIT_MS,
  );
  await until('follow shows it as JSON', isShown(asJson, '"done":1000,"total":2500'), LIMIT_MS);
  await until('follow shows it as text', isShown(asText, '1,000 of 2,500\n'), LIMIT_MS);
  await key.release();

  const isDone = /^expire-keys \(run \d+\) {2}done in .*: deleted 2500\n$/;
  expect(await run.ended).toMatchObject({ code: 0, out: expect.stringMatching(isDone) });
  expect(await asText.ended).toMatchObject({ code: 0, out: expect.stringMatching(isDone) });
  const followed = await asJson.ended;
  expect(followed).toMatchObject({ code: 0, err: '' });
  const changes = parsed(followed);
  const asked = { job: 'expire-keys', cause: 'request', requestedBy: expect.stringMatching(/^ada@./) };
  expect(changes).toContainEqual(
    expect.objectContaining({ ...asked, reason: 'too many', state: 'running', done: 1000, total: 2500 }),
  );
  expect(changes.at(-1)).toMatchObject({
    ...asked,
    state: 'done',
    done: 2500,
    total: 2500,
    result: { deleted: 2500 },
  });
});

test('run --no-follow leaves, and follow shows whatever runs until Ctrl-C', limit, async () => {
  await using canaries = await hold(admin, 'lock table canary in access exclusive mode');
  await using follow = waybill('follow', '--json');
  await using run = waybill('run', 'forget', '--no-follow', '--json');
  const asked = await run.ended;
  expect(asked).toMatchObject({ code: 0, err: '' });
  expect(parsed(asked)).toMatchObject([{ job: 'forget', cause: 'request' }]);

  const states = () =>
    [...follow.output.out.matchAll(/"job":"forget".*"state":"(\w+)"/g)].map(([, state]) => state);
  await until('follow shows it under way', () => states().at(-1) === 'running', LIMIT_MS);
  await canaries.release();
  await until('follow shows its end', () => states().at(-1) === 'done', LIMIT_MS);
  follow.signal('SIGINT');

  expect(await follow.ended).toMatchObject({ code: 0, err: '' });
});

test('what a run found is exit code 3', limit, async () => {
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     values (1, 'order_placed', 'k', 1, 't', '{}', '{}', now() + interval '100 days')`,
  );

  await using run = waybill('run', 'partitions', '--json');

  const found = await run.ended;
  expect(found).toMatchObject({ code: 3, err: '' });
  const findings = ['outbox_default is kept: events that are not published'];
  expect(parsed(found)).toMatchObject([{ state: 'done', done: 2, total: 2, result: { findings } }]);
});

test(
  'a run that fails is shown with the reason and when it is repeated, and Ctrl-C leaves it to the service',
  limit,
  async () => {
    await using follow = waybill('follow', 'reconcile', '--json');
    await using run = waybill('run', 'reconcile');
    const again = /^reconcile \(run (\d+)\) {2}failed (?:once|\d times), again at \S+Z: .*ECONNREFUSED/m;
    await until('run says that it is repeated', () => again.test(run.output.err), LIMIT_MS);
    const [, id] = again.exec(run.output.err) ?? [];
    const isRepeating = new RegExp(`"run":"${id}".*"state":"repeating"`);
    await until('follow does too', () => isRepeating.test(follow.output.out), LIMIT_MS);
    run.signal('SIGINT');
    follow.signal('SIGINT');

    expect(await run.ended).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(
        `Run ${id} goes on without anybody looking: waybill jobs follow reconcile.`,
      ),
    });
    const followed = await follow.ended;
    expect(followed).toMatchObject({ code: 0, err: '' });
    const repeated = { run: id, cause: 'request', state: 'repeating', errorCode: 'ECONNREFUSED' };
    expect(parsed(followed)).toContainEqual(expect.objectContaining(repeated));
    await using list = waybill('list');
    const { out } = await list.ended;
    expect(out).toMatch(/^reconcile +daily at 03:10 UTC .*ECONNREFUSED/m);
  },
);
