/**
 * Each test makes differences in a transaction that is taken back, and asks for them. One file, because all of them are
 * made to the same published events.
 */
import { randomUUID } from 'node:crypto';
import { createKafkaPublisher } from '@waybill/kafka';
import { openEventLog } from '@waybill/kafka/platformatic';
import {
  aggregatesFrom,
  type Difference,
  type EventLog,
  type LogRefusal,
  type Queryable,
  reconcile,
  type Reconciled,
} from '@waybill/outbox/operations';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asMigrator, type RelayBench, relayBench, until } from '../../../../test/relay/bench.ts';
import { pendingEvents, plant } from '../../../../test/relay/outbox-rows.ts';
import { silentLog } from '../../../../test/relay/silent-log.ts';
import { parsed, run } from '../command-line/run.fixture.ts';
import { openDatabase } from '../database/operator-database.ts';

const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()].sort();

/** Below those of the events. */
const seqs = 1_000;

let bench: RelayBench;
let log: EventLog;
let client: pg.Client;

/** Three orders at versions 2, 1 and 1, each with its events, published by a relay that has ended. */
beforeAll(async () => {
  bench = await relayBench(1);
  client = new pg.Client({ connectionString: bench.database.urlFor('superuser') });
  await client.connect();
  log = openEventLog({ brokers: bench.brokers, clientId: 'reconcile-test', requestTimeoutMs: 5_000 });
  await asMigrator(bench.database, orderView(bench.topic));
  // Tests write events of before.
  await client.query(`select setval(pg_get_serial_sequence('outbox', 'seq'), ${seqs})`);
  const user = randomUUID();
  await client.query(`insert into users values ($1, 'b@example.org', 'B', now())`, [user]);
  for (const [id, version] of [
    [first, 2],
    [second, 1],
    [third, 1],
  ] as const) {
    await client.query(`insert into orders values ($1, $2, 'placed', $3, 1, 'EUR', now())`, [
      id,
      user,
      version,
    ]);
  }
  await plant(bench.admin, bench.topic, 1, [
    { key: `${first}`, version: 1 },
    { key: `${second}`, version: 1 },
    { key: `${first}`, version: 2 },
    { key: `${third}`, version: 1 },
  ]);
  const relay = bench.startRelay();
  await until('everything is published', async () => (await pendingEvents(bench.admin)) === 0);
  await relay.stop();
});

afterAll(async () => {
  await log[Symbol.asyncDispose]();
  await client.end();
  await bench[Symbol.asyncDispose]();
});

/** Orders of the bench's own topic: the broker is shared, and order_placed holds what other tests published. */
function orderView(topic: string): string {
  return `create or replace view ops_order_versions as
    select id, id::text as key, version, '${topic}'::text as topic, placed_at as created_at from orders`;
}

interface Found {
  readonly differences: Difference[];
  readonly reconciled: Reconciled;
  readonly refusals: readonly LogRefusal[];
}

async function compare(database: Queryable, pendingMs = 60_000): Promise<Found> {
  const reconciled: Reconciled = { aggregates: 0, events: 0, records: 0, repetitions: 0 };
  const refusals: LogRefusal[] = [];
  const found = reconcile({
    database,
    log,
    aggregates: aggregatesFrom(database, { name: 'ops_order_versions', topics: [bench.topic] }),
    keptForEver: [bench.topic],
    pendingMs,
    reconciled,
    refusals,
    signal: new AbortController().signal,
  });
  return { differences: await Array.fromAsync(found), reconciled, refusals };
}

type Change = readonly [sql: string, ...values: unknown[]];

/** What is found while these changes are made; they are taken back. */
async function foundAfter(...changes: readonly Change[]): Promise<Found> {
  await client.query('begin');
  try {
    for (const [sql, ...values] of changes) await client.query(sql, values);
    const database: Queryable = {
      query: ({ values, ...rest }) => client.query({ ...rest, values: [...values] }),
    };
    return await compare(database, 0);
  } finally {
    await client.query('rollback');
  }
}

async function differencesAfter(...changes: readonly Change[]): Promise<Difference[]> {
  return (await foundAfter(...changes)).differences;
}

/** By a name that says what is compared with what. */
const brief = (differences: readonly Difference[]): string[] =>
  differences.map(({ kind, key, version }) => `${kind} ${key} ${version ?? ''}`.trim());

const receiptOf = (key: unknown): string =>
  `(select p.id from outbox_progress p join outbox o on o.seq = any (p.seqs) where o.key = '${String(key)}' limit 1)`;

describe('reconcile', () => {
  test('finds nothing where all agree, as waybill_ops, and says how much it has seen', async () => {
    await using database = await openDatabase(bench.database.urlFor('waybill_ops'));
    expect(await compare(database)).toEqual({
      differences: [],
      reconciled: { aggregates: 3, events: 4, records: 4, repetitions: 0 },
      refusals: [],
    });
  });

  test('finds an order’s version without an event', async () => {
    const sql = 'update orders set version = 3 where id = $1';
    expect(brief(await differencesAfter([sql, first]))).toEqual([`EVENT_MISSING ${first} 3`]);
  });

  test('finds an order without any event', async () => {
    const sql = `insert into orders select '0198c0de-0000-7000-8000-00000000ffff', user_id, status, version, total, currency, now() from orders where id = $1`;
    expect(brief(await differencesAfter([sql, second]))).toEqual([
      'EVENT_MISSING 0198c0de-0000-7000-8000-00000000ffff 1',
    ]);
  });

  test('finds an order that is behind its events', async () => {
    const sql = 'update orders set version = 1 where id = $1';
    expect(brief(await differencesAfter([sql, first]))).toEqual([`AGGREGATE_BEHIND ${first} 1`]);
  });

  test('finds events of an order that does not exist', async () => {
    const sql = 'delete from orders where id = $1';
    expect(brief(await differencesAfter([sql, third]))).toEqual([`AGGREGATE_MISSING ${third}`]);
  });

  test('finds an event that went to another topic than the order’s state says', async () => {
    const found = await differencesAfter([orderView('elsewhere')]);
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['OTHER_TOPIC']));
  });

  test('finds an event that waits, and one whose version is missing between others', async () => {
    const found = await differencesAfter(
      [
        `insert into outbox (lane, topic, key, version, type, payload, headers) select lane, topic, key, 4, type, payload, headers from outbox where key = $1 and version = 2`,
        first,
      ],
      ['update orders set version = 4 where id = $1', first],
    );
    expect(brief(found)).toEqual([`VERSION_GAP ${first} 4`, `NOT_PUBLISHED ${first} 4`]);
  });

  test('finds a receipt that names an offset where nothing is', async () => {
    const sql = `update outbox_progress set base_offset = base_offset + 1000 where id = ${receiptOf(third)}`;
    const found = await differencesAfter([sql]);
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['RECORD_MISSING']));
    expect(brief(found)).toContain(`RECORD_MISSING ${third} 1`);
  });

  test('finds a receipt that is off by one', async () => {
    const found = await differencesAfter([
      'update outbox_progress set base_offset = base_offset + 1 where base_offset is not null',
    ]);
    expect(found.map(({ kind }) => kind)).toEqual([
      'OTHER_EVENT',
      'OTHER_EVENT',
      'OTHER_EVENT',
      'RECORD_MISSING',
    ]);
  });

  test.each([
    [`update outbox set payload = '{}' where key = $1`, 'another value'],
    [
      `update outbox set headers = headers::jsonb || '{"ce_orderversion": "7"}' where key = $1`,
      'another header ce_orderversion',
    ],
  ])('finds other bytes in Kafka: %s', async (sql, what) => {
    const found = await differencesAfter([sql, second]);
    expect(brief(found)).toEqual([`OTHER_BYTES ${second} 1`]);
    expect(found[0]?.what).toContain(what);
  });

  test('finds a receipt of an event that the outbox does not have', async () => {
    const found = await differencesAfter(
      ['delete from outbox where key = $1', second],
      ['delete from orders where id = $1', second],
    );
    expect(found.map(({ kind }) => kind)).toEqual(['RECEIPT_UNKNOWN']);
  });

  test('finds a receipt that is not above the one before', async () => {
    const found = await differencesAfter([
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs)
       select lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs
       from outbox_progress where id = ${receiptOf(third)}`,
    ]);
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['RECEIPT_OVERLAPS']));
  });

  test('looks at every receipt, page by page, whether they hold one event or many', async () => {
    const receipts = (first: number, last: number, events: number): readonly [string] => [
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs)
       select lane.lane, 0, pg_current_snapshot(), 0, 0, 1000 + n * ${events}, 1000000 + n * ${events},
              1000000 + n * ${events} + ${events - 1},
              array(select generate_series(1000000 + n * ${events}, 1000000 + n * ${events} + ${events - 1}))
       from outbox_lane lane, generate_series(${first}, ${last}) n order by n`,
    ];
    const found = await differencesAfter(receipts(0, 1_099, 1), receipts(3, 14, 500));
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['RECEIPT_UNKNOWN']));
    expect(new Set(found.map(({ offset }) => offset)).size).toBe(1_100 + 12 * 500);
  });

  test('finds events that were lost with the broker’s log', async () => {
    const found = await differencesAfter([
      'insert into outbox_log_loss (lane, log_generation, base_offset, lost_from, lost_to) select lane, 99, 0, 0, 100 from outbox_lane',
    ]);
    expect(found.map(({ kind }) => kind)).toEqual(['LOST', 'LOST', 'LOST', 'LOST']);
  });
});

/** An order of a day long ago at this version, without an event. */
const orderOf = (id: string, version: number, daysAgo: number, at = '12:00'): Change => [
  `insert into orders select $1, user_id, status, $2, total, currency,
     date_trunc('day', now(), 'UTC') - make_interval(days => $3) + $4::time from orders where id = $5`,
  id,
  version,
  daysAgo,
  at,
  first,
];

/** An event that nobody has published, below all others of the lane. */
const eventOf = (key: string, seq: number, createdAt: string): Change => [
  `insert into outbox (lane, topic, key, version, type, payload, headers, seq, created_at) overriding system value
   select lane, topic, $1, 1, type, payload, headers, $2, ${createdAt} from outbox where key = $3 and version = 1`,
  key,
  seq,
  first,
];

const noonOf = (daysAgo: number): string =>
  `date_trunc('day', now(), 'UTC') - interval '${daysAgo} days' + interval '12 hours'`;

const dayOf = (daysAgo: number): Change => [
  `select outbox_make_partition('outbox', (now() at time zone 'UTC')::date - $1::integer)`,
  daysAgo,
];

const [old, older, oldest] = [randomUUID(), randomUUID(), randomUUID()];

describe('reconcile, given days that are gone', () => {
  test('finds only that an event of the day that was kept waits, and nothing of the days behind it', async () => {
    const found = await differencesAfter(
      dayOf(20),
      orderOf(oldest, 2, 20),
      eventOf(oldest, 10, noonOf(20)),
      orderOf(older, 1, 15),
      // A clock was ahead: in the default partition, below what came after it.
      eventOf(`${first}`, 11, `'2199-01-01Z'`),
      // Published after a pause, its day gone since.
      [
        `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs)
         select lane, 0, pg_current_snapshot(), 0, 0, 1000, 500, 500, '{500}' from outbox_lane`,
      ],
    );
    expect(brief(found)).toEqual([`NOT_PUBLISHED ${oldest} 1`]);
  });

  test('looks at a day that the default partition holds, and at the one before it from an hour on', async () => {
    const orders = [orderOf(old, 1, 2), orderOf(older, 1, 3), orderOf(oldest, 1, 3, '00:59')];
    const missing = async (...changes: readonly Change[]): Promise<string[]> =>
      brief(await differencesAfter(dayOf(3), dayOf(1), ...orders, ...changes)).filter((one) =>
        one.startsWith('EVENT_MISSING'),
      );
    expect(await missing()).toEqual([]);
    expect(new Set(await missing(eventOf(`${first}`, 10, noonOf(2))))).toEqual(
      new Set([`EVENT_MISSING ${old} 1`, `EVENT_MISSING ${older} 1`]),
    );
  });

  test('finds a missing version of an order from before them', async () => {
    const found = await differencesAfter(dayOf(20), orderOf(oldest, 4, 25), eventOf(oldest, 10, noonOf(20)), [
      `insert into outbox (lane, topic, key, version, type, payload, headers)
       select lane, topic, $1, v, type, payload, headers from outbox, unnest('{2,4}'::int[]) v where key = $2 and version = 1`,
      oldest,
      second,
    ]);
    expect(brief(found)).toContain(`VERSION_GAP ${oldest} 4`);
    expect(found.find(({ kind }) => kind === 'VERSION_GAP')?.what).toContain('Of versions 2 to 4');
  });
});

describe('reconcile, given a topic that Kafka does not hold as the outbox does', () => {
  test('compares the other topics, and of this one what the database says', async () => {
    const found = await foundAfter(
      [`select outbox_add_topic('a_topic_that_is_gone', 1)`],
      [
        `insert into outbox (lane, topic, key, version, type, payload, headers)
         select l.lane, l.topic, $1, 1, 't', '{}', '{}' from outbox_lane l where l.topic = 'a_topic_that_is_gone'`,
        third,
      ],
      ['update orders set version = 3 where id = $1', first],
    );
    expect(brief(found.differences)).toEqual([`EVENT_MISSING ${first} 3`, `NOT_PUBLISHED ${third} 1`]);
    expect(found.reconciled).toMatchObject({ events: 5, records: 4 });
    expect(found.refusals).toEqual([
      expect.objectContaining({
        topic: 'a_topic_that_is_gone',
        cause: expect.objectContaining({ code: 'UNKNOWN_TOPIC_OR_PARTITION' }),
      }),
    ]);
  });

  test('names a partition that is gone once for all its receipts', async () => {
    const lane = (number: number): Change => [
      `insert into outbox_lane (lane, topic, partition) select $1::smallint, topic, $1 from outbox_lane where partition = 0`,
      number,
    ];
    const found = await differencesAfter(lane(98), lane(99), [
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs)
       select 98, 0, pg_current_snapshot(), 0, 0, n, n, n, array[n] from unnest('{7,8}'::bigint[]) n`,
    ]);
    expect(found).toEqual([
      expect.objectContaining({ kind: 'RECORD_MISSING', lane: 98, partition: 98, offset: 8n }),
    ]);
  });
});

describe('reconcile, given records that no receipt names', () => {
  test('takes a repetition as one, and finds what is no event of the outbox', async () => {
    const publisher = createKafkaPublisher({
      settings: { brokers: bench.brokers, clientId: 'stranger', requestTimeoutMs: 5_000 },
      logger: silentLog,
    });
    const { rows } = await client.query(
      'select payload, headers::json as headers from outbox where key = $1',
      [second],
    );
    const [{ payload: value, headers }] = rows;
    await publisher.publish({
      topic: bench.topic,
      partition: 0,
      messages: [
        { key: `${second}`, value, headers },
        { key: `${second}`, value: 'forged', headers },
      ],
    });
    await publisher.close();
    await using database = await openDatabase(bench.database.urlFor('waybill_ops'));
    const { differences, reconciled } = await compare(database);
    expect(brief(differences)).toEqual([`RECORD_UNKNOWN ${second}`]);
    expect(reconciled).toMatchObject({ records: 6, repetitions: 1 });
  });
});

describe('waybill reconcile', () => {
  const environment = () => ({
    WAYBILL_DATABASE_URL: bench.database.urlFor('waybill_ops'),
    KAFKA_BROKERS: bench.brokers.join(','),
  });

  test('exits 3 and names what it found; ends after as many as are wanted', async () => {
    const args = ['reconcile', '--topic', bench.topic, '--pending', '1h'];
    const outcome = await run([...args, '--json'], { environment: environment() });
    expect(outcome).toMatchObject({ exitCode: 3, err: '' });
    expect(parsed(outcome)).toEqual([
      {
        differences: [expect.objectContaining({ kind: 'RECORD_UNKNOWN', partition: 0, offset: 5 })],
        reconciled: { aggregates: 0, events: 4, records: 6, repetitions: 1 },
        refused: [],
        state: 'complete',
      },
    ]);
    const text = await run([...args, '--max', '1'], { environment: environment() });
    expect(text.out).toMatch(
      /^RECORD_UNKNOWN {2}At .*\n1 difference among 0 orders, .* Ended early: there may be more\.\n$/,
    );
  });

  test('of what was written since then, and of one topic', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const outcome = await run(['reconcile', '--since', later, '--topic', bench.topic, '--json'], {
      environment: environment(),
    });
    expect(outcome.exitCode).toBe(0);
    expect(parsed(outcome)).toEqual([
      {
        differences: [],
        reconciled: { aggregates: 0, events: 0, records: 0, repetitions: 0 },
        refused: [],
        state: 'complete',
      },
    ]);
  });

  test('given a topic that no lane has', async () => {
    const outcome = await run(['reconcile', '--topic', 'typo', '--json'], { environment: environment() });
    expect(outcome).toMatchObject({ exitCode: 1, out: '' });
    expect(parsed({ out: outcome.err })).toMatchObject([
      { error: { code: 'NOT_FOUND', message: expect.stringMatching('No lane is of topic typo') } },
    ]);
  });

  test('says that Kafka does not answer', async () => {
    const outcome = await run(['reconcile', '--topic', bench.topic, '--json'], {
      environment: { ...environment(), KAFKA_BROKERS: '127.0.0.1:1' },
    });
    expect(outcome).toMatchObject({ exitCode: 1, out: '' });
    expect(parsed({ out: outcome.err })).toMatchObject([{ error: { code: 'KAFKA_UNREACHABLE' } }]);
  });

  test('shows what it found where Kafka does not show a topic, and says that it ended early', async () => {
    await asMigrator(bench.database, `select outbox_add_topic('a_topic_that_is_gone', 1)`);
    const outcome = await run(['reconcile', '--json'], { environment: environment() });
    expect(outcome.exitCode).toBe(3);
    expect(parsed(outcome)).toMatchObject([
      {
        reconciled: { aggregates: 3, events: 4, records: expect.toSatisfy((n: number) => n >= 4) },
        refused: [{ topic: 'a_topic_that_is_gone', code: 'UNKNOWN_TOPIC_OR_PARTITION' }],
        state: 'ended early',
      },
    ]);
    const nothing = await run(['reconcile', '--topic', 'a_topic_that_is_gone'], {
      environment: environment(),
    });
    expect(nothing).toMatchObject({ exitCode: 1, err: '' });
    expect(nothing.out).toMatch(
      /^a_topic_that_is_gone is not wholly compared with Kafka\. .*UNKNOWN_TOPIC_OR_PARTITION.*\.\nNo difference among .* Ended early: there may be more\.\n$/,
    );
    const away = await run(['reconcile', '--json'], {
      environment: { ...environment(), KAFKA_BROKERS: '127.0.0.1:1' },
    });
    expect(away.exitCode).toBe(3);
    expect(parsed(away)).toMatchObject([{ refused: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] }]);
  });
});
