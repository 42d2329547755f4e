import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { everyTopic } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { Redis } from 'ioredis';
import { expect, inject, it } from 'vitest';
import { freePort, type LocalServer, startRedis } from '../../../infra/local/index.ts';
import { until } from '../../../test/relay/bench.ts';
import { silentLog } from '../../../test/relay/silent-log.ts';
import { startOwnRedis } from '../../../test/servers/own-redis.ts';
import { scrape } from '../../../test/servers/scrape.ts';
import { serviceStarter } from '../../../test/servers/service-process.ts';
import { temporaryFolder } from '../../../test/servers/temporary-folder.ts';
import {
  everyJob,
  historyOf,
  holdEveryJob,
  type JobRun,
  makeOverdue,
  readAgain,
  runsUnderWay,
  scheduled,
  tickAll,
} from './every-job.fixture.ts';
import { jobsBench, type JobsBench } from './jobs.fixture.ts';

interface Status {
  readonly redis: string;
  readonly canary: { readonly state: { readonly kind: string }; readonly standsAt: string | null };
}

async function statusOf(jobs: LocalServer): Promise<Status> {
  return JSON.parse(await (await fetch(`${jobs.url}/status`)).text());
}

/** The value of a series, or undefined when it is absent. */
async function metric(jobs: LocalServer, series: string): Promise<number | undefined> {
  return (await scrape(jobs)).get(series);
}

const canaryIs = (jobs: LocalServer, kind: string) => async (): Promise<boolean> =>
  (await statusOf(jobs)).canary.state.kind === kind;

/** Resolves when a canary that is written from now on has come through. */
async function anotherCanary({ admin }: JobsBench): Promise<void> {
  const { rows } = await admin.query('select clock_timestamp()::text as now');
  await until('a canary comes through', async () => {
    const seen = await admin.query('select from canary where seen_at is not null and written_at > $1', [
      rows[0].now,
    ]);
    return seen.rows.length > 0;
  });
}

it('sends canaries through the whole path and runs its jobs, whatever becomes of Redis and the relay', async () => {
  await using folder = temporaryFolder();
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(await jobsBench());
  const brokers = inject('servers').kafkaBrokers;
  await ensureTopics({ brokers, clientId: 'test', requestTimeoutMs: 10_000 }, everyTopic, silentLog);
  const redisOptions = {
    dataDir: path.join(folder.path, 'redis'),
    port: await freePort(),
    progress: () => undefined,
  };
  let redis = await startRedis(redisOptions);
  stack.defer(() => redis.stop());
  const services = serviceStarter(folder.path);
  const KAFKA_BROKERS = brokers.join(',');
  const relayEnv = {
    DATABASE_URL: bench.database.urlFor('waybill_relay'),
    KAFKA_BROKERS,
    REDIS_URL: redis.url,
    KAFKA_REQUEST_TIMEOUT_MS: '1000',
    RELAY_LEASE_MS: '2000',
  };
  const [relay, jobs] = await Promise.all([
    services('outbox-relay', relayEnv),
    services('jobs', {
      DATABASE_URL: bench.database.urlFor('waybill_jobs'),
      KAFKA_BROKERS,
      REDIS_URL: redis.url,
      CANARY_EVERY_MS: '500',
      CANARY_LIMIT_MS: '2000',
      JOBS_CHECK_EVERY_MS: '200',
      JOBS_OVERDUE_AFTER_MS: '300',
    }),
  ]);
  stack.defer(() => relay.stop());
  stack.defer(() => jobs.stop());
  await until('canaries come through', canaryIs(jobs, 'ok'));
  expect(await metric(jobs, 'waybill_canary_overdue')).toBe(0);
  expect(await metric(jobs, 'waybill_canary_passage_seconds_count')).toBeGreaterThan(0);
  await until('every job has run', async () => {
    const { rows } = await bench.admin.query(
      `select from job where not exists (select from job_run where job = name and outcome = 'done')`,
    );
    return rows.length === 0;
  });

  // Redis forgets everything in the middle.
  const client = new Redis(redis.url);
  stack.defer(() => client.disconnect());
  client.on('error', () => undefined);
  const schedules = async (): Promise<string[]> =>
    (await client.zrange('waybill:jobs:repeat', '0', '-1')).toSorted();
  const before = ['canary', 'expire-keys', 'forget', 'partitions', 'reconcile'];
  await until('the schedules are in Redis', async () => (await schedules()).join() === before.join());
  await client.flushall();
  await anotherCanary(bench);
  await until('the schedules are back', async () => (await schedules()).join() === before.join());
  await anotherCanary(bench);

  // Redis is gone, and comes back empty.
  redis.signal('SIGKILL');
  await redis.exited;
  await until('it is missed', async () => (await statusOf(jobs)).redis === 'away');
  await anotherCanary(bench);
  await bench.request('expire-keys');
  await until('a request is carried out', async () => {
    const requested = (await bench.runs('expire-keys')).filter(({ cause }) => cause === 'request');
    return requested.length === 1 && requested.every(({ outcome }) => outcome === 'done');
  });
  redis = await startRedis(redisOptions);
  await until('the schedules are back', async () => (await schedules()).join() === before.join());
  await until('it is back', async () => (await statusOf(jobs)).redis === 'here');

  // Nobody publishes.
  await relay.stop();
  await until('a canary is overdue', canaryIs(jobs, 'overdue'));
  expect((await statusOf(jobs)).canary.standsAt).toBe('pending');
  expect(await metric(jobs, 'waybill_canary_overdue')).toBe(1);
  stack.use(await services('outbox-relay', relayEnv));
  await until('canaries come through again', canaryIs(jobs, 'ok'));
  const lost = await bench.admin.query(
    `select from canary where seen_at is null and written_at < now() - interval '10 s'`,
  );
  expect(lost.rows).toEqual([]);
  expect(await metric(jobs, 'waybill_canary_missing')).toBe(0);

  // An order without its event, which nothing but a bug or a hand could make.
  const [user, order] = [randomUUID(), randomUUID()];
  await bench.admin.query(`insert into users values ($1, 'a@b.example', 'Ada', now())`, [user]);
  await bench.admin.query(`insert into orders values ($1, $2, 'placed', 1, 1, 'EUR', now())`, [order, user]);
  await bench.request('reconcile');
  await until('it is found', async () => {
    const asked = (await bench.runs('reconcile')).findLast(({ cause }) => cause === 'request');
    return JSON.stringify(asked?.result)?.includes(`EVENT_MISSING: ${order} is at version 1`) === true;
  });
  const found = 'waybill_jobs_findings{name="reconcile"}';
  await until('it is an alarm', async () => ((await metric(jobs, found)) ?? 0) > 0);

  jobs.signal('SIGTERM');
  expect(await jobs.exited).toMatch(/\b0\b/);
}, 120_000);

/** Nothing reads its canaries: no relay runs. In this file, because two readers of one broker's canaries share them. */
async function startEveryJob(stack: AsyncDisposableStack, checkEveryMs: string) {
  const folder = stack.use(temporaryFolder());
  const bench = stack.use(await jobsBench());
  const brokers = inject('servers').kafkaBrokers;
  await ensureTopics({ brokers, clientId: 'test', requestTimeoutMs: 10_000 }, everyTopic, silentLog);
  const redis = stack.use(await startOwnRedis(folder.path));
  stack.use(
    await serviceStarter(folder.path)('jobs', {
      DATABASE_URL: bench.database.urlFor('waybill_jobs'),
      KAFKA_BROKERS: brokers.join(','),
      REDIS_URL: redis.url,
      AUDIT_RETENTION_DAYS: '30',
      CANARY_EVERY_MS: '500',
      JOBS_CHECK_EVERY_MS: checkEveryMs,
      JOBS_OVERDUE_AFTER_MS: '300',
    }),
  );
  const client = new Redis(redis.url);
  stack.defer(() => client.disconnect());
  return { bench, client };
}

/** Kafka may be slow to answer reconcile, and partitions waits for a lock for 50 ms at most: they may need more. */
const needsOneAttempt = ({ job }: JobRun): boolean => job !== 'reconcile' && job !== 'partitions';

it.each([
  { by: 'PostgreSQL’s word alone', checkEveryMs: '200', wake: async () => undefined },
  { by: 'the schedules that were put back', checkEveryMs: '60000', wake: tickAll },
])(
  'given Redis is wiped in the middle of every job, each comes to its end, and each runs again by $by',
  async ({ checkEveryMs, wake }) => {
    await using stack = new AsyncDisposableStack();
    const { bench, client } = await startEveryJob(stack, checkEveryMs);
    const { rows } = await bench.admin.query('select name from job order by name');
    expect(rows.map(({ name }) => name)).toEqual(everyJob);
    const all = everyJob.join();
    // What fails is begun again at the next check.
    const limitMs = 20_000 + Number(checkEveryMs);
    await until('all have run', async () => (await scheduled(bench, `outcome = 'done'`)) === all, limitMs);

    await using held = await holdEveryJob(bench);
    await makeOverdue(bench);
    await wake(client);
    let wiped: JobRun[] = [];
    const areUnderWay = async (): Promise<boolean> => {
      wiped = await runsUnderWay(bench);
      return wiped.map(({ job }) => job).join() === all;
    };
    await until('all are in the middle', areUnderWay, limitMs);
    const history = await historyOf(bench);
    const newest = await bench.admin.query('select max(id) as id from job_run');
    const isOfBefore = `id <= ${newest.rows[0].id}`;
    await client.flushall();
    await held.release();

    const open = () => scheduled(bench, `${isOfBefore} and finished_at is null`);
    await until('all come to their end', async () => (await open()) === '', limitMs);
    const ended = await readAgain(bench, wiped);
    expect(ended.map(({ job, outcome }) => [job, outcome])).toEqual(everyJob.map((job) => [job, 'done']));
    expect(ended.filter(needsOneAttempt)).toEqual(
      wiped.filter(needsOneAttempt).map((run) => ({ ...run, outcome: 'done' })),
    );
    await makeOverdue(bench);
    await wake(client);
    const again = () => scheduled(bench, `not ${isOfBefore} and outcome = 'done'`);
    await until('all run again', async () => (await again()) === all, limitMs);
    expect(await historyOf(bench)).toEqual(expect.arrayContaining(history));
  },
  240_000,
);
