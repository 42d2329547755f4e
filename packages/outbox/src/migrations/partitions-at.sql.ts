import { firstMakePartitions } from './partition-functions.sql.ts';

/** Only the outer function reads the clock, so that midnight can be tried at any time of day. */
export const createMakePartitionsAt = `
create function outbox_make_partitions_at(days_ahead integer, at timestamptz, out made integer, out blocked integer)
language plpgsql set search_path = public, pg_temp as $$
declare
  today date := (at at time zone 'UTC')::date;
  parent text;
begin
  if days_ahead not between 0 and 60 then
    raise exception 'outbox_make_partitions: days_ahead is 0 to 60, not %', days_ahead;
  end if;
  made := 0;
  blocked := 0;
  perform pg_advisory_xact_lock(hashtextextended('outbox_make_partitions', 0));
  for ahead in 0 .. days_ahead loop
    foreach parent in array array['outbox', 'outbox_progress'] loop
      begin
        made := made + outbox_make_partition(parent, today + ahead)::integer;
      exception when check_violation then
        -- Rows of that day are in the default partition already; the days after it can be made all the same.
        blocked := blocked + 1;
      end;
    end loop;
  end loop;
end $$;

create or replace function outbox_make_partitions(days_ahead integer, out made integer, out blocked integer)
language sql volatile security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
  select made, blocked from outbox_make_partitions_at(days_ahead, clock_timestamp())
$$;

revoke execute on function outbox_make_partitions_at(integer, timestamptz) from public;
`;

export const dropMakePartitionsAt = `
${firstMakePartitions}
drop function outbox_make_partitions_at(integer, timestamptz);
`;
