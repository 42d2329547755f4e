import { expect, test } from 'vitest';
import { asMigrator } from '../../../../test/relay/bench.ts';
import {
  findings,
  healthy,
  leftAfterTheMend,
  published,
  type Ward,
  ward,
  wardLimit,
} from './ward.fixture.ts';

/** The UTC day so many days from now, as a partition's name and as a sentence has it. */
async function dayAhead({ bench }: Ward, days: number): Promise<{ suffix: string; day: string }> {
  const { rows } = await bench.admin.query<{ suffix: string; day: string }>(
    `select to_char(d, 'YYYYMMDD') as suffix, to_char(d, 'YYYY-MM-DD') as day
     from (select (clock_timestamp() at time zone 'UTC')::date + $1::int as d) of_day`,
    [days],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no day');
  return row;
}

test('a day ahead without a partition for its receipts', wardLimit, async () => {
  await using now = await ward();
  await healthy(now);
  const { suffix, day } = await dayAhead(now, 2);
  await now.bench.admin.query(`drop table outbox_progress_p${suffix}`);
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'PARTITION_MISSING',
      subject: 'outbox_progress',
      what: `outbox_progress has no partition for ${day}.`,
    }),
  ]);

  await asMigrator(now.bench.database, 'select outbox_make_partitions(7)');
  expect(await leftAfterTheMend(now)).toEqual([]);
});

/** What is in a place is put where it belongs after something was done, in one transaction. */
async function moveReceipts({ bench }: Ward, from: string, done: string): Promise<void> {
  await bench.admin.query(
    `lock table outbox_progress in access exclusive mode;
     create temp table kept on commit drop as table ${from};
     ${done};
     insert into outbox_progress overriding system value table kept`,
  );
}

test('receipts in the default partition, which also explain that today has none', wardLimit, async () => {
  await using now = await ward();
  const { bench } = now;
  await healthy(now);
  const { suffix, day } = await dayAhead(now, 0);
  const today = `outbox_progress_p${suffix}`;
  await moveReceipts(now, today, `drop table ${today}`);
  await now.write();
  await published(now);
  const { rows } = await bench.admin.query('select count(*) as receipts from outbox_progress_default');
  expect(await findings(now)).toEqual([
    expect.objectContaining({
      cause: 'DEFAULT_PARTITION_USED',
      subject: 'outbox_progress_default',
      what: expect.stringContaining(`${rows[0].receipts} rows of ${day} are in outbox_progress_default`),
    }),
  ]);

  const made = 'truncate outbox_progress_default; select from outbox_make_partitions(7)';
  await moveReceipts(now, 'outbox_progress_default', made);
  await now.write();
  expect(await leftAfterTheMend(now)).toEqual([]);
});
