/** Before the time could be given to it; partitions-at.sql.ts has its successor. */
export const firstMakePartitions = `
create or replace function outbox_make_partitions(days_ahead integer, out made integer, out blocked integer)
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
declare
  today date := (clock_timestamp() at time zone 'UTC')::date;
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
end $$;`;

/**
 * A new day is made beside its parent and then attached: `create table … partition of` would take an access
 * exclusive lock on the parent, while `attach partition` takes share update exclusive on the parent and access
 * exclusive on the default partition only (PostgreSQL manual, ALTER TABLE), which writers do not touch. The lock
 * timeout bounds how long a reader can queue behind it; whoever calls tries again later.
 */
export const createPartitionFunctions = `
create function outbox_make_partition(parent text, day date) returns boolean
language plpgsql set search_path = public, pg_temp as $$
declare
  child text := parent || '_p' || to_char(day, 'YYYYMMDD');
begin
  if parent not in ('outbox', 'outbox_progress') then
    raise exception 'outbox_make_partition: % is not partitioned by the outbox', parent;
  end if;
  if to_regclass(child) is not null then
    return false;
  end if;
  execute format('create table %I (like %I including defaults including constraints)', child, parent);
  execute format(
    'alter table %I attach partition %I for values from (%L) to (%L)', parent, child,
    day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
  return true;
end $$;

${firstMakePartitions}

revoke execute on function outbox_make_partition(text, date), outbox_make_partitions(integer) from public;
`;

export const dropPartitionFunctions = `
drop function outbox_make_partitions(integer);
drop function outbox_make_partition(text, date);
`;
