import { expect, it } from 'vitest';
import { until } from '../../../../test/relay/bench.ts';
import { dropOldDays } from './drop-old-days.ts';
import { createOldDays, type OldDays, partitionOfDay } from './old-days.fixture.ts';

const keepDays = 7;
const day = (daysAgo: number): string => partitionOfDay('outbox', daysAgo);
const receiptsOf = (daysAgo: number): string => partitionOfDay('outbox_progress', daysAgo);

async function kept(days: OldDays): Promise<Record<string, string>> {
  const outcome = await dropOldDays(days.relay, keepDays);
  return Object.fromEntries(
    outcome.kept.map(({ partition, reason, lanes }) => [
      partition,
      lanes.length === 0 ? reason : `${reason}: ${lanes.join()}`,
    ]),
  );
}

it('drops days whose events are all published and older than the retention, and their receipts, oldest first', async () => {
  await using days = await createOldDays();
  for (const daysAgo of [12, 9, 8, 7]) {
    await days.makeDay(daysAgo);
    await days.publish(1, daysAgo, [await days.write(1, daysAgo), await days.write(1, daysAgo)]);
  }
  expect(await dropOldDays(days.relay, keepDays)).toEqual({
    dropped: [day(12), day(9), day(8), receiptsOf(12), receiptsOf(9), receiptsOf(8)],
    kept: [],
    isWorthRetrying: false,
  });
  // Seven days ago at noon is younger than seven days for half of the time, and its day is not over until midnight.
  expect(await days.partitions()).toEqual([day(7), receiptsOf(7)]);
});

it('keeps a day with one event that no lane has published, and the receipts of its others', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await days.publish(1, 9, [await days.write(1, 9)]);
  const pending = await days.write(2, 9);
  expect(await kept(days)).toEqual({
    [day(9)]: 'events that are not published: 2',
    [receiptsOf(9)]: 'receipts of events that are kept: 1',
  });
  await days.publish(2, 0, [pending]);
  expect(await kept(days)).toEqual({});
  expect(await days.partitions()).toEqual([]);
});

it('keeps a day for an event that was open when the cursor passed it', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await using wasOpen = await days.begin();
  const late = await days.write(1, 9, wasOpen.client);
  const overtaker = await days.write(1, 9);
  await days.publish(1, 9, [overtaker]);

  expect((await kept(days))[day(9)]).toBe('locked by an open transaction');
  await wasOpen.commit();
  expect((await kept(days))[day(9)]).toBe('events that are not published: 1');
  await days.publish(1, 0, [late, overtaker]);
  expect((await kept(days))[day(9)]).toBeUndefined();
});

it('keeps a day for an event that was in nobody’s list when the cursor passed it', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await using overtakes = await days.begin();
  await overtakes.client.query('select pg_current_xact_id()');
  await using began = await days.begin();
  const late = await days.write(1, 9, began.client);
  const overtaker = await days.write(1, 9, overtakes.client);
  await overtakes.commit();
  await days.publish(1, 9, [overtaker]);

  await began.commit();
  expect((await kept(days))[day(9)]).toBe('events that are not published: 1');
  await days.publish(1, 0, [late, overtaker]);
  expect((await kept(days))[day(9)]).toBeUndefined();
});

it('keeps a day while late events of it are drained, until the last of them', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  const { rows } = await days.admin.query('select pg_current_snapshot()::text as snapshot');
  const first = await days.write(1, 9);
  const second = await days.write(1, 9);
  const drained = async (after: string): Promise<void> => {
    await days.admin.query(
      `insert into outbox_progress (lane, position, snapshot, floor, late_after, late_until, log_generation)
       values (1, $1, $2, 0, $3, pg_current_snapshot(), 0)`,
      [second, rows[0].snapshot, after],
    );
  };
  await drained(first);
  expect(await kept(days)).toEqual({ [day(9)]: 'events that are not published: 1' });
  await drained(second);
  expect(await kept(days)).toEqual({});
});

it('keeps and reports a day with events of a lane that nobody knows', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await days.write(7_777, 9);
  expect(await kept(days)).toEqual({ [day(9)]: 'events of lanes that no topic has: 7777' });
});

it('keeps a day that a replay has not done with', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  const seq = await days.write(1, 9);
  await days.publish(1, 9, [seq]);
  const replay = await days.admin.query(
    `select outbox_request_replay(1::smallint, $1, $1, null, null, null, 10, 'kim', 'a consumer lost it') as id`,
    [seq],
  );
  expect(await kept(days)).toMatchObject({ [day(9)]: 'events that are to be replayed: 1' });
  await days.admin.query(`select outbox_cancel_replay($1, 'kim', 'found it')`, [replay.rows[0].id]);
  expect(await kept(days)).toEqual({});
});

it('keeps a day until the transaction that had read it ends, and lets no other process drop beside it', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await using reader = await days.begin();
  await reader.client.query('select from outbox limit 1');
  expect(await dropOldDays(days.relay, keepDays)).toMatchObject({
    dropped: [receiptsOf(9)],
    isWorthRetrying: true,
  });
  await reader.commit();
  await using other = await days.begin();
  await other.client.query(`select pg_advisory_xact_lock(hashtextextended('outbox_drop_partition', 0))`);
  expect(await kept(days)).toEqual({
    [day(9)]: 'another process drops days',
  });
  await other.commit();
  expect(await kept(days)).toEqual({});
});

/** Drops a day that a transaction has written to and that commits while the drop waits for its lock. */
async function dropBehindWriter(parent: 'outbox' | 'outbox_progress') {
  await using days = await createOldDays();
  await days.makeDay(9);
  await using writer = await days.begin();
  if (parent === 'outbox') await days.write(1, 9, writer.client);
  else await days.publish(1, 9, ['1'], writer.client);
  // Without the limit on its wait, so that there is time to commit.
  const dropping = days.admin.query('select * from outbox_drop_partition_at($1, 7, now())', [
    partitionOfDay(parent, 9),
  ]);
  await until('the drop waits for the lock', async () => {
    const waits = await days.admin.query(
      `select from pg_locks join pg_database d on d.oid = database
       where not granted and d.datname = current_database()`,
    );
    return waits.rowCount !== 0;
  });
  await writer.commit();
  return (await dropping).rows[0];
}

it.each([
  ['an event', 'outbox', 'events that are not published'],
  ['a receipt', 'outbox_progress', 'receipts that were just added'],
] as const)(
  'keeps a day for %s that commits between the look and the lock',
  async (_what, parent, reason) => {
    // A commit lets its locks go one after the other: for a moment the parent's is free and the day's is not.
    let kept = await dropBehindWriter(parent);
    for (let tries = 1; kept.reason === 'locked by an open transaction' && tries < 5; tries += 1) {
      kept = await dropBehindWriter(parent);
    }
    expect(kept).toMatchObject({ outcome: 'kept', reason });
  },
);

it('refuses a transaction that could not see what committed before the lock', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  const drop = `begin isolation level repeatable read; select outbox_drop_partition('${day(9)}', 7)`;
  await expect(days.admin.query(drop)).rejects.toThrow(/read committed/);
});

it.each(['outbox', 'outbox_lane', 'users', partitionOfDay('outbox', 0)])(
  'drops nothing else: %s',
  async (name) => {
    await using days = await createOldDays();
    const { rows } = await days.relay.query({
      text: 'select * from outbox_drop_partition($1, 7)',
      values: [name],
    });
    expect(rows).toEqual([{ outcome: 'kept', reason: 'not an old partition of the outbox', lanes: null }]);
  },
);

it('remembers where an idle lane stands when the day of its last progress goes', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  await days.admin.query('delete from outbox_progress where lane = 3');
  const last = await days.write(3, 9);
  await days.publish(3, 9, [last]);
  const before = await days.admin.query('select * from outbox_lane_states() where lane = 3');
  const stored = await days.admin.query(
    'select late_before::text from outbox_progress where lane = 3 order by id desc limit 1',
  );

  expect(await kept(days)).toEqual({});

  expect((await days.admin.query('select from outbox_progress where lane = 3')).rowCount).toBe(0);
  const after = await days.admin.query('select * from outbox_lane_states() where lane = 3');
  expect(after.rows).toEqual([{ ...before.rows[0], progress_id: null }]);
  expect(after.rows[0].state.late_before).toBe(stored.rows[0].late_before);
  expect(after.rows[0].position).toBe(last);
});
