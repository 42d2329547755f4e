/**
 * Drops one old partition, or says why not. Called in a transaction of its own: the locks end with it.
 *
 * Locks are taken table before row and parent before partition, as everybody takes them: an advance that has locked
 * its lanes holds its lock on outbox_progress already. Only the wait for the parent is a wait (50 ms, during which
 * writers queue behind it); whoever holds the partition alone ends the attempt at once.
 */
export const createDropPartition = `
create function outbox_drop_events(partition_name text, cutoff timestamptz, out reason text, out lanes smallint[])
language plpgsql set search_path = public, pg_temp as $$
begin
  select e.reason, e.lanes into reason, lanes from outbox_events_keep(partition_name, cutoff) e;
  if reason is not null then
    return;
  end if;
  lock table only outbox in access exclusive mode;
  execute format('lock table only %I in access exclusive mode nowait', partition_name);
  -- Whoever had written is at an end now, and this statement's snapshot shows what is left of it.
  select e.reason, e.lanes into reason, lanes from outbox_events_keep(partition_name, cutoff) e;
  if reason is not null then
    return;
  end if;
  execute format('drop table %I', partition_name);
  if partition_name = 'outbox_default' then
    create table outbox_default partition of outbox default;
  end if;
end $$;

create function outbox_drop_receipts(partition_name text, cutoff timestamptz, out reason text, out lanes smallint[])
language plpgsql set search_path = public, pg_temp as $$
declare
  seen record;
  has_grown boolean;
begin
  select * into seen from outbox_receipts_keep(partition_name, cutoff);
  reason := seen.reason;
  lanes := seen.lanes;
  if reason is not null then
    return;
  end if;
  lock table only outbox_progress in access exclusive mode;
  execute format('lock table only %I in access exclusive mode nowait', partition_name);
  perform from outbox_lane order by lane for no key update;
  -- Events whose receipt was seen to be of no use any more do not come back, so only new rows could matter.
  execute format('select exists (select from outbox_lane l, %I p where p.lane = l.lane and p.id > $1)', partition_name)
    into has_grown using seen.newest_id;
  if has_grown then
    reason := 'receipts that were just added';
    return;
  end if;
  -- Where a lane stands, and how far its log goes, must outlive the rows that say it.
  update outbox_lane l set checkpoint = s.state
    from outbox_lane_states() s
    where s.lane = l.lane and s.progress_id is not null and l.checkpoint is distinct from s.state;
  execute format('drop table %I', partition_name);
  if partition_name = 'outbox_progress_default' then
    create table outbox_progress_default partition of outbox_progress default;
  end if;
end $$;

create function outbox_drop_partition_at(
  old_partition text, keep_days integer, at timestamptz, out outcome text, out reason text, out lanes smallint[]
)
language plpgsql set search_path = public, pg_temp as $$
declare
  old record;
  cutoff timestamptz := at - make_interval(days => keep_days);
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    -- The second look needs a snapshot from after the lock.
    raise exception 'outbox_drop_partition needs the isolation level read committed';
  end if;
  outcome := 'kept';
  if not pg_try_advisory_xact_lock(hashtextextended('outbox_drop_partition', 0)) then
    reason := 'another process drops days';
    return;
  end if;
  select * into old from outbox_old_partitions(keep_days, at) o where o.partition_name = old_partition;
  if not found then
    reason := 'not an old partition of the outbox';
    return;
  end if;
  begin
    if old.parent = 'outbox' then
      select d.reason, d.lanes into reason, lanes from outbox_drop_events(old_partition, cutoff) d;
    else
      select d.reason, d.lanes into reason, lanes from outbox_drop_receipts(old_partition, cutoff) d;
    end if;
  exception when lock_not_available then
    reason := 'locked by an open transaction';
  end;
  if reason is null then
    outcome := 'dropped';
  end if;
end $$;

create function outbox_drop_partition(
  old_partition text, keep_days integer, out outcome text, out reason text, out lanes smallint[]
)
language sql volatile security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
  select * from outbox_drop_partition_at(old_partition, keep_days, clock_timestamp())
$$;

revoke execute on function outbox_drop_events(text, timestamptz), outbox_drop_receipts(text, timestamptz),
  outbox_drop_partition_at(text, integer, timestamptz), outbox_drop_partition(text, integer) from public;
`;

export const dropDropPartition = `
drop function outbox_drop_partition(text, integer);
drop function outbox_drop_partition_at(text, integer, timestamptz);
drop function outbox_drop_receipts(text, timestamptz);
drop function outbox_drop_events(text, timestamptz);
`;
