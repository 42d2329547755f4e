import type { Queryable } from '../../relay/relay-database.ts';

/**
 * The last day that begins after a gap, of those that have a partition. Retention drops days one by one and keeps some of
 * them, so only what follows the last gap is whole. A day that has no partition and rows in the default one is no gap:
 * those are dropped no sooner than they are old. For each gap, and for nothing else, the default partition is read.
 *
 * An hour into that day, unless it is today, when no day can have been dropped yet: a transaction that began before
 * midnight may write after it, and its event is of the day before; and the clock of who writes may be ahead.
 */
const HELD = `
select (case when day < (now() at time zone 'UTC')::date then day + interval '1 hour' else day end) at time zone 'UTC' as since
from (
  select each.day, lag(each.day) over (order by each.day) as before
  from (
    select to_date(substring(c.relname from '_p(\\d{8})$'), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'outbox'::regclass and c.relname ~ '_p\\d{8}$'
  ) each
) partition
where before is null or exists (
  select from generate_series(1, day - before - 1) nth
  where (
    select true from outbox o
    where o.created_at >= (before + nth)::timestamp at time zone 'UTC'
      and o.created_at < (before + nth + 1)::timestamp at time zone 'UTC'
    limit 1
  ) is null
)
order by day desc limit 1`;

/** @returns since when the outbox has every event that was written; null before the first day was made */
export async function readHeldSince(database: Queryable): Promise<Date | null> {
  const { rows } = await database.query<{ since: Date }>({ text: HELD, values: [] });
  return rows[0]?.since ?? null;
}
