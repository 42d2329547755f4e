import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../test/servers/databases.ts';
import { type Outcome, parsed, run } from './command-line/run.fixture.ts';

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createOrderDatabase();
  admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await database[Symbol.asyncDispose]();
});

const waybill = (...args: string[]): Promise<Outcome> =>
  run(args, { environment: { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops') } });

const relayId = randomUUID();

/** A relay that holds lanes 1 and 2, has acknowledged six events of lane 1, and one that is dead and holds lane 3. */
const waiting = {
  lane: 2,
  class: 'partition',
  code: 'NOT_ENOUGH_REPLICAS',
  since: '2026-11-24T06:00:00Z',
  failures: 4,
};

async function plantRelays(): Promise<void> {
  const dead = randomUUID();
  await admin.query(
    `insert into outbox_relay (relay_id, host, heartbeat, lease_until, backing_off) values
       ($1, 'alive', clock_timestamp(), clock_timestamp() + interval '1 hour', $3),
       ($2, 'dead', clock_timestamp() - interval '2 hours', clock_timestamp() - interval '1 hour', '[]')`,
    [relayId, dead, JSON.stringify([waiting])],
  );
  await admin.query('update outbox_lane set owner = $1, lease_epoch = 7 where lane in (1, 2)', [relayId]);
  await admin.query('update outbox_lane set owner = $1 where lane = 3', [dead]);
  await admin.query('update outbox_lane set paused = true where lane = 2');
  for (const [offset, seqs] of [
    [100, [11, 12, 13]],
    [103, [14, 15, 16]],
  ] as const) {
    await admin.query(
      `insert into outbox_progress
         (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs)
       values (1, $3, pg_current_snapshot(), 0, 2, $1, $2, $3, $4)`,
      [offset, seqs[0], seqs[2], seqs],
    );
  }
  await admin.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation)
     values (1, 16, pg_current_snapshot(), 0, 2)`,
  );
  const event = `'order_placed', 'k', 1, 't', '{}', '{}'`;
  await admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, seq) overriding system value
     values (1, ${event}, 17), (2, ${event}, 18)`,
  );
  await admin.query(
    `insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
     values (2, 5, ${event}, now(), 'MESSAGE_TOO_LARGE', 1)`,
  );
}

async function endSessions(application: string): Promise<void> {
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = $2',
    [application, database.name],
  );
}

describe('a look at the relay’s work', () => {
  beforeAll(plantRelays);

  test('shows each lane: its holder while that lives, how far it is, and its newest receipt', async () => {
    const outcome = await waybill('lanes', '--json');

    expect(outcome).toMatchObject({ exitCode: 0, err: '' });
    const [lanes] = parsed(outcome);
    expect(lanes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          lane: 1,
          topic: 'order_placed',
          partition: 0,
          isPaused: false,
          leaseEpoch: 7,
          pending: 1,
          pendingIs: 'exact',
          oldestAgeMs: expect.any(Number),
          owner: { relayId, host: 'alive', leaseLeftMs: expect.any(Number) },
          position: 16,
          logGeneration: 2,
          lastReceipt: { offset: 105, publishedAt: expect.stringMatching(/Z$/) },
        }),
        expect.objectContaining({ lane: 2, isPaused: true, parked: 1, lastReceipt: null }),
        expect.objectContaining({ lane: 3, owner: null }),
      ]),
    );
  });

  test('shows the lanes of one topic, as a table', async () => {
    const { out, exitCode } = await waybill('lanes', '--topic', 'order_placed');

    expect(exitCode).toBe(0);
    const [head = '', ...lines] = out.trimEnd().split('\n');
    expect(head).toMatch(/^lane {2}topic +partition {2}relay/);
    expect(lines).toHaveLength(8);
    expect(lines[1]).toMatch(/2 {2}order_placed +1 {2}alive .* paused /);
    expect(await waybill('lanes', '--topic', 'elsewhere')).toEqual({
      exitCode: 1,
      out: '',
      err: 'No lane is of topic elsewhere: waybill lanes shows them.\n',
    });
  });

  test('sums up per topic, and names the relays that live', async () => {
    const outcome = await waybill('status', '--json');

    expect(outcome).toMatchObject({ exitCode: 0, err: '' });
    expect(parsed(outcome)).toEqual([
      expect.objectContaining({
        relays: [expect.objectContaining({ relayId, host: 'alive', lanes: 2 })],
        backingOff: [
          expect.objectContaining({
            topic: 'order_placed',
            partition: 1,
            host: 'alive',
            class: 'partition',
            code: 'NOT_ENOUGH_REPLICAS',
            failures: 4,
          }),
        ],
        topics: expect.arrayContaining([
          expect.objectContaining({
            topic: 'order_cancelled',
            pending: 0,
            lanes: { total: 8, held: 0, paused: 0, backingOff: 0 },
          }),
          expect.objectContaining({
            topic: 'order_placed',
            pending: 2,
            pendingIs: 'exact',
            oldestAgeMs: expect.any(Number),
            parked: 1,
            lanes: { total: 8, held: 2, paused: 1, backingOff: 1 },
            publishedPerSecond: 0.6,
            lastPublishedAt: expect.stringMatching(/Z$/),
          }),
        ]),
      }),
    ]);
    const { out } = await waybill('status');
    expect(out).toMatch(/^order_placed +2 +\S+ m?s +0\.6 +1 +2\/8 +1 +1 +20/m);
    expect(out).toMatch(/^1 relay:\nrelay .*\nalive /m);
    expect(out).toMatch(/^order_placed\/1 +2 +NOT_ENOUGH_REPLICAS +partition +4 /m);
  });

  test('--watch shows it again and again until Ctrl-C', async () => {
    const ctrlC = new AbortController();
    let shown = 0;
    const outcome = await run(['status', '--watch', '--every', '1', '--json'], {
      environment: { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops') },
      signal: ctrlC.signal,
      onOutput: () => {
        shown += 1;
        if (shown === 2) ctrlC.abort();
      },
    });

    expect(outcome.exitCode).toBe(0);
    expect(parsed(outcome)).toHaveLength(2);
  });

  test('--watch outlives the connection, and says that it was lost', async () => {
    const ctrlC = new AbortController();
    let ended: Promise<void> | undefined;
    let shownSince = 0;
    const outcome = await run(['status', '--watch', '--every', '1'], {
      environment: { WAYBILL_DATABASE_URL: database.urlFor('waybill_ops') },
      signal: ctrlC.signal,
      onOutput: () => {
        // The look that was under way may still have been answered; the one after it was not.
        if (ended !== undefined) shownSince += 1;
        ended ??= endSessions('waybill');
        if (shownSince === 2) ctrlC.abort();
      },
    });
    await ended;

    expect(outcome.exitCode).toBe(0);
    expect(outcome.err.split('\n')).toEqual([
      expect.stringMatching(/^The order database .* Trying again until Ctrl-C\.$/),
      'The order database answers again.',
      '',
    ]);
  });
});

test('a database that does not answer, or refuses, is named without its password', async () => {
  const url = 'postgres://waybill_ops:hush@127.0.0.1:1/waybill';
  const away = await run(['status', '--json'], { environment: { WAYBILL_DATABASE_URL: url } });
  expect(away.exitCode).toBe(1);
  expect(parsed({ out: away.err })).toEqual([
    {
      error: {
        code: 'DATABASE_UNREACHABLE',
        message: 'The order database does not answer at 127.0.0.1:1/waybill (ECONNREFUSED).',
      },
    },
  ]);

  const wrong = database.urlFor('waybill_ops').replace(':waybill_ops@', ':wrong@');
  const refused = await run(['lanes'], { environment: { WAYBILL_DATABASE_URL: wrong } });
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toMatch(/^The order database at .* refused: password authentication failed/);
});

test.each([
  'postgres://waybill_ops:hush#1@db/waybill',
  'postgres://waybill_ops:hu/sh@db/waybill',
  'postgres://waybill_ops:hush%E0%A4@db/waybill',
  'postgres://waybill_ops:hush@db/waybill?sslrootcert=/nowhere/hush.pem',
])('an address that cannot be used is said to be one, without what is in it: %s', async (url) => {
  const outcome = await run(['status', '--json'], { environment: { WAYBILL_DATABASE_URL: url } });
  expect(outcome).toMatchObject({ exitCode: 1, out: '' });
  expect(parsed({ out: outcome.err })).toEqual([
    {
      error: {
        code: 'NO_WAYBILL',
        message: expect.stringMatching(/^The order database has an address .* percent-encode .*%23/),
      },
    },
  ]);
  expect(outcome.err).not.toMatch(/hu.?sh/);
});
