/**
 * Each test makes one difference, in a transaction that is taken back, and asks for it. One file, because all of them are
 * made to the same published events.
 */
import { randomUUID } from 'node:crypto';
import { createKafkaPublisher } from '@waybill/kafka';
import { openEventLog } from '@waybill/kafka/platformatic';
import {
  aggregatesFrom,
  type Difference,
  type EventLog,
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
}

async function compare(database: Queryable, pendingMs = 60_000): Promise<Found> {
  const reconciled: Reconciled = { aggregates: 0, events: 0, records: 0, repetitions: 0 };
  const found = reconcile({
    database,
    log,
    aggregates: aggregatesFrom(database, { name: 'ops_order_versions', topics: [bench.topic] }),
    keptForEver: [bench.topic],
    pendingMs,
    reconciled,
    signal: new AbortController().signal,
  });
  return { differences: await Array.fromAsync(found), reconciled };
}

/** What is found while these changes are made; they are taken back. */
async function differencesAfter(
  ...changes: readonly (readonly [sql: string, ...values: unknown[]])[]
): Promise<Difference[]> {
  await client.query('begin');
  try {
    for (const [sql, ...values] of changes) await client.query(sql, values);
    const database: Queryable = {
      query: ({ values, ...rest }) => client.query({ ...rest, values: [...values] }),
    };
    return (await compare(database, 0)).differences;
  } finally {
    await client.query('rollback');
  }
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
        state: 'complete',
      },
    ]);
  });

  test('says that Kafka does not answer', async () => {
    const outcome = await run(['reconcile', '--json'], {
      environment: { ...environment(), KAFKA_BROKERS: '127.0.0.1:1' },
    });
    expect(outcome).toMatchObject({ exitCode: 1, out: '' });
    expect(parsed({ out: outcome.err })).toMatchObject([{ error: { code: 'KAFKA_UNREACHABLE' } }]);
  });
});
