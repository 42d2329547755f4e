/**
 * Each test makes one cause and asks for it and no other. The relay, the database and Kafka are real, but for a relay
 * whose state needs brokers of its own (an outage, a right that is missing) or that none is brought into (one lane of
 * several left alone): its row in the database is planted. doctor.long.test.ts has the brokers and brings a real one
 * there; the other files beside this one bring real relays into every other state. All of these tests are in one file
 * because they share one database.
 */
import { randomUUID } from 'node:crypto';
import { freePort } from '../../../../infra/local/index.ts';
import type { BackingOff, Cause, Diagnosis, DoctorLimits, Instruments } from '@waybill/outbox/operations';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  asMigrator,
  type RelayBench,
  relayBench,
  type RunningRelay,
  until,
} from '../../../../test/relay/bench.ts';
import { plant } from '../../../../test/relay/outbox-rows.ts';
import { recreateTopic } from '../../../../test/relay/recreate-topic.ts';
import { parsed, run } from '../command-line/run.fixture.ts';
import { openDatabase, type OperatorDatabase } from '../database/operator-database.ts';
import { benchPatient, diagnosisOf } from './doctor.fixture.ts';

let bench: RelayBench;
let database: OperatorDatabase;
const undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  bench = await relayBench(2);
  database = await openDatabase(bench.database.urlFor('waybill_ops'));
});

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

interface Examination {
  readonly limits?: Partial<DoctorLimits>;
  readonly config?: Readonly<Record<string, string>>;
  readonly brokers?: readonly string[];
  readonly instruments?: Partial<Instruments>;
}

async function doctor({ config = {}, brokers, ...rest }: Examination = {}): Promise<Diagnosis> {
  const patient = benchPatient({ ...bench, brokers: brokers ?? bench.brokers }, database);
  return diagnosisOf(patient, { wanted: [{ name: bench.topic, config }], ...rest });
}

async function causes(examination?: Examination): Promise<Cause[]> {
  return (await doctor(examination)).findings.map(({ cause }) => cause);
}

async function lanesAreHeld(): Promise<boolean> {
  const { rows } = await bench.admin.query(
    'select count(*)::int as free from outbox_lane where owner is null',
  );
  return rows[0].free === 0;
}

async function runningRelay(...start: Parameters<RelayBench['startRelay']>): Promise<RunningRelay> {
  const relay = bench.startRelay(...start);
  undo.push(() => relay.stop());
  await until('the relay holds every lane', lanesAreHeld);
  return relay;
}

/** The topic is made anew after something was published, and every lane of the relay comes upon it. */
async function losesItsLog(relay: RunningRelay): Promise<void> {
  const keys = Array.from({ length: 60 }, (_, at) => ({ key: randomUUID(), version: at + 1 }));
  await plant(bench.admin, bench.topic, bench.partitions, keys);
  await until('the first are published', async () => {
    const { rows } = await bench.admin.query(
      `select bool_and(state = 'published') as done from unnest($1::text[]) as k (key) cross join lateral outbox_delivery(key)`,
      [keys.map(({ key }) => key)],
    );
    return rows[0].done;
  });
  await recreateTopic(bench);
  await plant(
    bench.admin,
    bench.topic,
    bench.partitions,
    keys.map(({ key, version }) => ({ key, version: version + 1 })),
  );
  await until(
    'both lanes say so',
    () => relay.events.filter(({ type }) => type === 'log-lost').length === bench.partitions,
  );
}

/** A relay that only the database knows: its lease is good and it holds every lane. */
async function plantedRelay(clockAhead = '0', backingOff: readonly BackingOff[] = []): Promise<void> {
  const id = randomUUID();
  await bench.admin.query(
    `insert into outbox_relay (relay_id, host, heartbeat, lease_until, host_clock, backing_off)
     values ($1, 'planted', clock_timestamp(), clock_timestamp() + interval '1 hour', clock_timestamp() + $2::interval, $3)`,
    [id, clockAhead, JSON.stringify(backingOff)],
  );
  await bench.admin.query('update outbox_lane set owner = $1', [id]);
  undo.push(
    () => bench.admin.query('delete from outbox_relay where relay_id = $1', [id]),
    () => bench.admin.query('update outbox_lane set owner = null'),
  );
}

async function firstLane(): Promise<number> {
  const { rows } = await bench.admin.query('select min(lane) as lane from outbox_lane');
  return rows[0].lane;
}

const waiting = async (kind: string, code: string): Promise<BackingOff> => ({
  lane: await firstLane(),
  class: kind,
  code,
  since: new Date().toISOString(),
  failures: 3,
});

describe('with a relay that works', () => {
  test('nothing is wrong, and everything was looked at', async () => {
    await runningRelay();
    expect(await doctor()).toEqual({ findings: [], unchecked: [] });
  });

  test('lanes that an operator paused, by their topic', async () => {
    await runningRelay();
    const lane = await firstLane();
    await bench.admin.query(`select outbox_pause(array[$1]::smallint[], 'test', 'why not')`, [lane]);
    undo.push(() =>
      bench.admin.query(`select outbox_resume(array[$1]::smallint[], 'test', 'why not')`, [lane]),
    );
    const { findings } = await doctor();
    expect(findings).toMatchObject([{ cause: 'LANE_PAUSED', subject: bench.topic }]);
    expect(findings[0]?.remedy).toContain(`waybill resume --lane ${lane} `);
  });

  test('a log that Kafka lost, for as long as the relay publishes it again', async () => {
    const relay = await runningRelay({ settings: { republishPerSecond: 20 } });
    await losesItsLog(relay);
    const { findings } = await doctor();
    expect(findings).toMatchObject([{ cause: 'LOG_LOST', subject: bench.topic }]);
    expect(findings[0]?.what).toMatch(/lane \d+ \(offsets 0 to \d+\), lane .* publishes it again/);
    await until('it is there again', async () => (await causes()).length === 0);
  });

  test('a log that Kafka lost, for as long as the lanes are paused for it', async () => {
    const relay = await runningRelay({ settings: { onLogLoss: 'pause' } });
    await losesItsLog(relay);
    const { findings } = await doctor({ limits: { pendingMs: 0 } });
    expect(findings).toMatchObject([{ cause: 'LOG_LOST', subject: bench.topic }]);
    expect(findings[0]?.remedy).toMatch(/waybill resume --lane \d+ --lane \d+ /);
    const { rows } = await bench.admin.query(
      `select outbox_resume(array_agg(lane), 'test', 'seen') from outbox_lane`,
    );
    expect(rows).toHaveLength(1);
    expect(await causes()).toEqual([]);
    await bench.admin.query(
      `select outbox_pause(array_agg(lane), 'test', 'for another reason') from outbox_lane`,
    );
    undo.push(() =>
      bench.admin.query(`select outbox_resume(array_agg(lane), 'test', 'why not') from outbox_lane`),
    );
    expect(await causes()).toEqual(['LANE_PAUSED']);
  });

  test('rows outside known lanes', async () => {
    await runningRelay();
    await bench.admin.query(
      `insert into outbox (lane, topic, key, version, type, payload, headers) values (999, 't', 'k', 1, 't', '{}', '{}')`,
    );
    undo.push(() => bench.admin.query('delete from outbox where lane = 999'));
    expect((await doctor()).findings).toMatchObject([{ cause: 'STRAY_LANES', subject: 'lane 999' }]);
  });

  test('a transaction that somebody holds open, with its process', async () => {
    await runningRelay();
    const holder = new pg.Client({
      connectionString: bench.database.urlFor('waybill_api'),
      application_name: 'forgetful',
    });
    await holder.connect();
    undo.push(() => holder.end());
    await holder.query('begin');
    const { rows } = await holder.query('select pg_backend_pid() as pid');
    await until('it is open for 100 ms', async () => {
      const found = await causes({ limits: { transactionMs: 100 } });
      return found.length > 0;
    });
    const { findings } = await doctor({ limits: { transactionMs: 100 } });
    expect(findings).toMatchObject([{ cause: 'LONG_TRANSACTION', subject: `process ${rows[0].pid}` }]);
    expect(findings[0]?.what).toContain('waybill_api (forgetful, idle in transaction)');
    expect(findings[0]?.remedy).toContain(`pg_terminate_backend(${rows[0].pid})`);
  });

  test('disks with less free than wanted: the database’s and the broker’s', async () => {
    await runningRelay();
    const { findings } = await doctor({ limits: { freeBytes: Number.MAX_SAFE_INTEGER } });
    expect(findings).toMatchObject([
      { cause: 'DISK_LOW', subject: 'The database’s disk' },
      { cause: 'DISK_LOW', subject: expect.stringMatching(/^The disk of broker 1 \(\//) },
    ]);
  });

  test.each([
    ['/var/run/postgresql waybill', []],
    [
      'postgres://waybill_ops@/waybill',
      [{ check: 'the database’s disk', why: expect.stringMatching(/host/) }],
    ],
  ])(
    'a disk, as far as the address of the database tells where it is: %s',
    async (databaseUrl, unchecked) => {
      await runningRelay();
      const patient = { ...benchPatient(bench, database), databaseUrl };
      expect(await diagnosisOf(patient)).toEqual({ findings: [], unchecked });
    },
  );

  test('a clock of this host that is off, either way', async () => {
    await runningRelay();
    for (const off of [-60_000, 60_000]) {
      const { findings } = await doctor({ instruments: { now: () => Date.now() + off } });
      expect(findings).toMatchObject([{ cause: 'CLOCK_SKEW', subject: 'this host' }]);
    }
  });

  test('a day ahead without a partition', async () => {
    await runningRelay();
    const { rows } = await bench.admin.query(
      `select to_char((clock_timestamp() at time zone 'UTC')::date + 2, 'YYYYMMDD') as name,
              to_char((clock_timestamp() at time zone 'UTC')::date + 2, 'YYYY-MM-DD') as day`,
    );
    await bench.admin.query(`drop table outbox_p${rows[0].name}`);
    undo.push(() => asMigrator(bench.database, 'select outbox_make_partitions(7)'));
    expect((await doctor()).findings).toMatchObject([
      { cause: 'PARTITION_MISSING', subject: 'outbox', what: `outbox has no partition for ${rows[0].day}.` },
    ]);
  });

  test('rows in the default partition, and with them the days ahead that have none, blocked or not', async () => {
    await runningRelay();
    const day = `(clock_timestamp() at time zone 'UTC')::date + 1`;
    const { rows } = await bench.admin.query(
      `select to_char(${day}, 'YYYYMMDD') as first, to_char(${day} + 1, 'YYYYMMDD') as second`,
    );
    await bench.admin.query(`drop table outbox_p${rows[0].first}, outbox_p${rows[0].second}`);
    await bench.admin.query(
      `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
       values ((select min(lane) from outbox_lane), $1, 'early', 1, 't', '{}', '{}', (${day})::timestamp at time zone 'UTC')`,
      [bench.topic],
    );
    undo.push(
      () => asMigrator(bench.database, 'select outbox_make_partitions(7)'),
      () => bench.admin.query('delete from outbox_default'),
    );
    expect((await doctor()).findings).toMatchObject([
      { cause: 'DEFAULT_PARTITION_USED', subject: 'outbox_default' },
    ]);
  });
});

describe('without a relay that works', () => {
  test('that none runs, and not that its lanes have no owner and events wait', async () => {
    await plant(bench.admin, bench.topic, 2, [{ key: 'waits', version: 1 }]);
    undo.push(() => bench.admin.query(`delete from outbox where key = 'waits'`));
    expect(await causes({ limits: { pendingMs: 0 } })).toEqual(['NO_RELAY']);
  });

  test('that Kafka does not answer, and not that lanes back off from it and events wait', async () => {
    const place = `127.0.0.1:${await freePort()}`;
    await plantedRelay('0', [await waiting('unreachable', 'ECONNREFUSED')]);
    await plant(bench.admin, bench.topic, 2, [{ key: 'waits', version: 1 }]);
    undo.push(() => bench.admin.query(`delete from outbox where key = 'waits'`));
    const { findings } = await doctor({ brokers: [place], limits: { pendingMs: 0 } });
    expect(findings).toMatchObject([{ cause: 'KAFKA_UNREACHABLE', subject: place }]);
  });

  test('that a relay may not write to a topic', async () => {
    await plantedRelay('0', [await waiting('authorization', 'TOPIC_AUTHORIZATION_FAILED')]);
    expect((await doctor()).findings).toMatchObject([{ cause: 'NOT_AUTHORIZED', subject: bench.topic }]);
  });

  test('that relays run and leave a lane alone', async () => {
    await plantedRelay();
    await bench.admin.query('update outbox_lane set owner = null where lane = $1', [await firstLane()]);
    expect((await doctor()).findings).toMatchObject([{ cause: 'LANE_UNOWNED', subject: bench.topic }]);
  });

  test('two causes at once are two findings', async () => {
    await plantedRelay('90 s');
    expect(await causes({ config: { 'retention.ms': '-1' } })).toEqual(['TOPIC_SETTINGS', 'CLOCK_SKEW']);
  });
});

describe('waybill doctor', () => {
  test('exits 3 with findings, and says them for scripts and for people', async () => {
    const environment = {
      WAYBILL_DATABASE_URL: bench.database.urlFor('waybill_ops'),
      KAFKA_BROKERS: bench.brokers.join(','),
    };
    const outcome = await run(['doctor', '--free-mib', '0', '--json'], { environment });
    expect(outcome).toMatchObject({ exitCode: 3, err: '' });
    expect(parsed(outcome)).toEqual([
      {
        findings: [
          expect.objectContaining({ cause: 'NO_RELAY', remedy: expect.stringContaining('outbox-relay') }),
        ],
        unchecked: [],
      },
    ]);
    const text = await run(['doctor', '--free-mib', '0'], { environment });
    expect(text.exitCode).toBe(3);
    expect(text.out).toMatch(/^NO_RELAY\n {2}No relay runs.*\n {2}→ Start outbox-relay/m);
  });
});
