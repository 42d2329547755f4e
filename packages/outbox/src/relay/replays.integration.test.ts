import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';
import { findOpenReplay, readReplayRows, requestRepublish } from './replays.sql.ts';

let database: TestDatabase;
let admin: pg.Pool;
let relay: pg.Pool;

beforeAll(async () => {
  database = await createOrderDatabase();
  admin = new pg.Pool({ connectionString: database.urlFor('superuser'), max: 2 });
  relay = new pg.Pool({ connectionString: database.urlFor('waybill_relay'), max: 1 });
});

afterAll(async () => {
  await Promise.all([admin.end(), relay.end()]);
  await database[Symbol.asyncDispose]();
});

const lane = 1;

/**
 * Kafka lost the log from offset 50 on. Of six events the receipts say: 1 below it, 2 and 3 above it, 3 once more in
 * the new log, 4 once more in the lost one and below the loss at first, 5 parked, 6 never sent.
 */
async function lostLog(): Promise<void> {
  await admin.query(`
    insert into outbox (lane, topic, key, version, type, payload, headers)
    select ${lane}, 't', 'k' || n, 1, 'test.happened.v1', '{}', '{}' from generate_series(1, 6) n;
    insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs, kind)
    select ${lane}, 5, pg_current_snapshot(), 0, generation, base, seq, seq, array[seq], kind
    from (values (1, 1, 10, 'fresh'), (1, 2, 60, 'fresh'), (1, 3, 61, 'fresh'), (2, 3, 50, 'replay'),
                 (1, 4, 12, 'fresh'), (1, 4, 70, 'replay')) as receipt (generation, seq, base, kind);
    insert into outbox_log_loss (lane, log_generation, base_offset, lost_from, lost_to) values (${lane}, 2, 50, 50, 70);
    insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
    select lane, seq, topic, key, version, type, payload, headers, created_at, 'MESSAGE_TOO_LARGE', 1 from outbox where seq = 5`);
}

it('publishes again what no receipt shows in a log that is still there, and nothing else', async () => {
  await lostLog();
  await requestRepublish(relay, { lane, baseOffset: 50n }, 5n, 1_000, 'relay');
  const replay = await findOpenReplay(relay, lane);
  if (replay === undefined) throw new Error('the lost log asked for no replay');
  const { rows: snapshots } = await admin.query('select pg_current_snapshot()::text as snapshot');
  const committed = { position: 5n, snapshot: String(snapshots[0].snapshot), floor: 5n, drain: null };

  const { rows } = await readReplayRows(relay, replay, committed, { rows: 100, bytes: 100_000 });

  const { rows: deliveries } = await admin.query(
    `select key, state from generate_series(1, 6) n, concat('k', n) key, outbox_delivery(key) order by n`,
  );
  expect(deliveries.map(({ key, state }) => `${key} ${state}`)).toEqual([
    'k1 published',
    'k2 lost',
    'k3 published',
    'k4 published',
    'k5 parked',
    'k6 pending',
  ]);
  expect(rows.map(({ key }) => key)).toEqual(['k2']);
});

it('goes through what a drain has published of a transaction that committed late, and no further', async () => {
  await admin.query('truncate outbox, outbox_progress, outbox_parked, outbox_log_loss restart identity');
  await admin.query('update outbox_replay set cancelled_at = now()');
  const late = await admin.connect();
  await late.query('begin');
  await late.query(`
    insert into outbox (lane, topic, key, version, type, payload, headers)
    select ${lane}, 't', 'late' || n, 1, 'test.happened.v1', '{}', '{}' from generate_series(1, 3) n`);
  const { rows: before } = await admin.query(`
    insert into outbox (lane, topic, key, version, type, payload, headers)
    values (${lane}, 't', 'early', 1, 'test.happened.v1', '{}', '{}')
    returning seq::text`);
  const { rows: seen } = await admin.query('select pg_current_snapshot()::text as snapshot');
  await late.query('commit');
  late.release();
  const { rows: after } = await admin.query(`
    select pg_current_snapshot()::text as snapshot, min(seq)::text as first from outbox where key like 'late%'`);
  const first = BigInt(after[0].first);
  await admin.query(
    `select outbox_request_replay(${lane}::smallint, 1, 1000000, null, null, null, 100, 'tester', 'all of it')`,
  );
  const replay = await findOpenReplay(relay, lane);
  if (replay === undefined) throw new Error('there is no replay');
  const committed = {
    position: BigInt(before[0].seq),
    snapshot: String(seen[0].snapshot),
    floor: 0n,
    drain: { after: first + 1n, until: String(after[0].snapshot) },
  };
  const { rows } = await readReplayRows(relay, replay, committed, { rows: 100, bytes: 100_000 });
  expect(rows.map(({ key }) => key)).toEqual(['late1', 'late2', 'early']);
});
