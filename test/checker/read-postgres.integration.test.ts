import pg from 'pg';
import { expect, test } from 'vitest';
import { createOrderDatabase, createSalesDatabase } from '../servers/databases.ts';
import { readOrders, readOrderTotals, readOutbox, readProjectionTotals } from './read-postgres.ts';

const user = '0198c0de-0000-7000-8000-000000000001';
const order = (at: number) => `0198c0de-0000-7000-8000-0000000002${String(at).padStart(2, '0')}`;

test('committed events, lanes, receipts and what is told of events are read; what was rolled back is not', async () => {
  await using database = await createOrderDatabase();
  const url = database.urlFor('superuser');
  const insert = `insert into outbox (lane, topic, key, version, type, payload, headers)
    values (1, 'order_placed', 'k', $1, 't.v1', '{"ü":1}', '{"ce_id": "k:1"}')`;
  await run(url, [
    [insert, [1]],
    ['begin', []],
    [insert, [2]],
    ['rollback', []],
    [
      `insert into outbox_progress (lane, position, snapshot, floor, log_generation, base_offset, first_seq, last_seq, seqs)
       select 1, seq, pg_current_snapshot(), 0, 0, 7, seq, seq, array[seq] from outbox`,
      [],
    ],
  ]);

  const { events, lanes, receipts, deliveries } = await readOutbox(url);

  const [event] = events;
  expect(events).toEqual([
    {
      lane: 1,
      seq: event?.seq,
      topic: 'order_placed',
      key: 'k',
      version: 1,
      type: 't.v1',
      payload: '{"ü":1}',
      headers: { ce_id: 'k:1' },
    },
  ]);
  expect(lanes.filter((lane) => lane.topic === 'order_placed').map((lane) => lane.partition)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7,
  ]);
  // Lanes begin with a progress row that published nothing: no receipt.
  expect(receipts).toEqual([
    { lane: 1, id: receipts[0]?.id, kind: 'fresh', logGeneration: 0, baseOffset: 7n, seqs: [event?.seq] },
  ]);
  expect(deliveries).toEqual([
    {
      topic: 'order_placed',
      key: 'k',
      version: 1,
      seq: event?.seq,
      state: 'published',
      reason: null,
      partition: 0,
      offset: 7n,
      publishedAt: expect.any(Date),
    },
  ]);
});

test('what is parked, discarded, replayed or lost is read too', async () => {
  await using database = await createOrderDatabase();
  const url = database.urlFor('superuser');
  await run(url, [
    [
      `insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, attempts)
       values (3, 7, 'order_placed', 'k', 1, 't.v1', '{"ü":1}', '{"ce_id": "k:1"}', now(), 'MESSAGE_TOO_LARGE', 1)`,
      [],
    ],
    [`select outbox_wish(3::smallint, array[7::bigint], 'discard', 'an operator', 'a reason')`, []],
    [
      `insert into outbox_audit (actor, action, lane, seq, reason) values ('a relay', 'discarded', 3, 5, 'why')`,
      [],
    ],
    [`select outbox_request_replay(2::smallint, 10, 20, null, null, null, 5, 'an operator', 'a reason')`, []],
    [
      `insert into outbox_log_loss (lane, log_generation, base_offset, lost_from, lost_to) values (2, 1, 5, 5, 9)`,
      [],
    ],
  ]);

  const { parked, deliveries, discarded, marked, replays, losses } = await readOutbox(url);

  const headers = { ce_id: 'k:1' };
  expect(parked).toEqual([
    {
      lane: 3,
      seq: 7n,
      topic: 'order_placed',
      key: 'k',
      version: 1,
      payload: '{"ü":1}',
      headers,
      reason: 'MESSAGE_TOO_LARGE',
    },
  ]);
  expect(deliveries).toMatchObject([{ key: 'k', seq: 7n, state: 'parked', reason: 'MESSAGE_TOO_LARGE' }]);
  expect(discarded).toEqual(new Set([7n]));
  expect(marked).toEqual(new Set([5n]));
  expect(replays).toEqual([{ lane: 2, from: 10n, to: 20n }]);
  expect(losses).toEqual([{ lane: 2, logGeneration: 1, baseOffset: 5n }]);
});

test('a buyer’s total is the sum of the placed orders, per currency and to the cent', async () => {
  await using database = await createOrderDatabase();
  const url = database.urlFor('superuser');
  const insert = `insert into orders (id, user_id, status, version, total, currency, placed_at)
    values ($1, '${user}', $2, 1, $3, $4, now())`;
  await run(url, [
    [`insert into users (id, email, name, created_at) values ('${user}', 'a@example.org', 'A', now())`, []],
    [insert, [order(1), 'placed', '0.10', 'EUR']],
    [insert, [order(2), 'placed', '0.20', 'EUR']],
    [insert, [order(3), 'cancelled', '5.00', 'EUR']],
    [insert, [order(4), 'placed', '9999999999.99', 'USD']],
  ]);

  expect(new Set(await readOrderTotals(url))).toEqual(
    new Set([
      { buyer: user, currency: 'EUR', total: '0.30', orders: 2 },
      { buyer: user, currency: 'USD', total: '9999999999.99', orders: 1 },
    ]),
  );
  expect(await readOrders(url)).toContainEqual({
    id: order(1),
    userId: user,
    version: 1,
    total: '0.10',
    currency: 'EUR',
  });
});

test('the projection’s totals are read from its own database', async () => {
  await using database = await createSalesDatabase();
  const url = database.urlFor('superuser');
  await run(url, [
    [`insert into buyer_totals (user_id, currency, orders, spent) values ('${user}', 'EUR', 2, 0.30)`, []],
  ]);

  const [total] = await readProjectionTotals(url);

  expect(total).toMatchObject({ buyer: user, currency: 'EUR', orders: 2 });
  expect(Number(total?.total)).toBe(0.3);
});

async function run(
  url: string,
  statements: readonly (readonly [sql: string, values: unknown[]])[],
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [sql, values] of statements) await client.query(sql, [...values]);
  } finally {
    await client.end();
  }
}
