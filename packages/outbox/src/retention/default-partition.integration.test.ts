import { expect, it } from 'vitest';
import { dropOldDays } from './drop-old-days.ts';
import { createOldDays, type OldDays, partitionOfDay } from './old-days.fixture.ts';

const keepDays = 7;

async function reasons(days: OldDays): Promise<Record<string, string>> {
  const { kept } = await dropOldDays(days.relay, keepDays);
  return Object.fromEntries(kept.map(({ partition, reason }) => [partition, reason]));
}

it('given rows of days that upkeep did not make: they are reported, published ones go when they are old, and later days are made', async () => {
  await using days = await createOldDays();
  const old = await days.write(1, 9);
  expect(await reasons(days)).toEqual({ outbox_default: 'events that are not published' });
  await days.publish(1, 9, [old]);
  await days.admin.query(`drop table ${partitionOfDay('outbox', 0)}`);
  const young = await days.write(1, 0);
  expect(await reasons(days)).toEqual({
    outbox_default: 'events that are not published',
    outbox_progress_default: 'receipts of events that are kept',
  });
  await days.publish(1, 0, [young]);
  expect(await reasons(days)).toMatchObject({ outbox_default: 'events younger than the retention' });
  const made = await days.relay.query({ text: 'select * from outbox_make_partitions(8)', values: [] });
  expect(made.rows).toEqual([{ made: 2, blocked: 1 }]);

  // A week later.
  await days.admin.query(`delete from outbox_default where seq = ${young}`);
  expect(await dropOldDays(days.relay, keepDays)).toEqual({
    dropped: ['outbox_default', 'outbox_progress_default'],
    kept: [],
    isWorthRetrying: false,
  });
  expect(await days.partitions()).toEqual([]);
  await days.write(1, 9);
  expect(await days.partitions()).toEqual(['outbox_default']);
  const { rows } = await days.admin.query(
    `select count(*)::int as indexes from pg_index where indrelid = 'outbox_default'::regclass`,
  );
  expect(rows).toEqual([{ indexes: 3 }]);
});

it('given a writer of an event of a day without partition that is still open: the default partition stays', async () => {
  await using days = await createOldDays();
  await days.publish(1, 9, [await days.write(1, 9)]);
  await using writer = await days.begin();
  await days.write(2, 9, writer.client);
  expect(await reasons(days)).toMatchObject({ outbox_default: 'locked by an open transaction' });
  await writer.commit();
  expect(await reasons(days)).toMatchObject({ outbox_default: 'events that are not published' });
});

it('given the clock at midnight: the next day is there, and a day is old when it is over by the retention', async () => {
  await using days = await createOldDays();
  await days.makeDay(9);
  const at = async (what: string): Promise<unknown[]> =>
    (
      await days.admin.query(
        `with day as (select date_trunc('day', now(), 'UTC') - interval '9 days' as day) select ${what} from day`,
      )
    ).rows;
  const isOld = (when: string): string =>
    `(select count(*)::int from outbox_old_partitions(7, day + interval '8 days' ${when})) as old`;
  expect(await at(isOld(`- interval '1 microsecond'`))).toEqual([{ old: 0 }]);
  expect(await at(isOld(''))).toEqual([{ old: 2 }]);

  const made = `(outbox_make_partitions_at(0, day + interval '100 days'`;
  expect(await at(`${made} - interval '1 microsecond')).*`)).toEqual([{ made: 2, blocked: 0 }]);
  expect(await at(`${made})).*`)).toEqual([{ made: 2, blocked: 0 }]);
  expect(await at(`${made} + interval '23:59:59.999999')).*`)).toEqual([{ made: 0, blocked: 0 }]);
  await days.admin.query(
    `insert into outbox (lane, topic, key, version, type, payload, headers, created_at)
     select 1, 'order_placed', 'k', 1, 't', '{}', '{}', date_trunc('day', now(), 'UTC') + moment
     from unnest(array['91 days -1 microsecond', '91 days', '92 days -1 microsecond', '92 days']::interval[]) moment`,
  );
  const { rows } = await days.admin.query(
    `select extract(day from o.created_at - date_trunc('day', now(), 'UTC'))::int as day,
            to_date(substring(o.tableoid::regclass::text from '_p(\\d+)$'), 'YYYYMMDD') - (now() at time zone 'UTC')::date as partition
     from outbox o order by o.created_at`,
  );
  expect(rows).toEqual([
    { day: 90, partition: 90 },
    { day: 91, partition: 91 },
    { day: 91, partition: 91 },
    { day: 92, partition: null },
  ]);
});
