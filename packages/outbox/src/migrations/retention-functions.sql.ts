import { laneStates } from './lane-states.sql.ts';

const originalUnpublishedLanes = `\
create function outbox_unpublished_lanes(partition_name text) returns smallint[]
language plpgsql stable set search_path = public, pg_temp as $$
declare
  lanes smallint[];
begin
  -- The three branches of the relay's read, in one partition and without a limit. While late rows are drained, those
  -- up to late_after that late_until shows are published already. A lane without any state blocks with its first row.
  -- One condition on seq, not two joined by or: that would be no condition of the index, and a scan of the lane.
  execute format($query$
    select array_agg(s.lane order by s.lane) from outbox_lane_states() s
    where exists (select from %1$I o where o.lane = s.lane and o.seq > coalesce(s.position, 0))
       or exists (
         select from %1$I o
         where o.lane = s.lane and o.xid >= pg_snapshot_xmax(s.snapshot) and o.seq > s.floor and o.seq <= s.position
           and (s.late_until is null or o.seq > s.late_after or not pg_visible_in_snapshot(o.xid, s.late_until)))
       or exists (
         select from pg_snapshot_xip(s.snapshot) as open_then (xid) join %1$I o on o.xid = open_then.xid
         where o.lane = s.lane and o.seq > s.floor and o.seq <= s.position
           and (s.late_until is null or o.seq > s.late_after or not pg_visible_in_snapshot(o.xid, s.late_until)))
    $query$, partition_name) into lanes;
  return lanes;
end $$;`;

/**
 * Dropping days. A partition goes when nobody can need a row of it any more; everything else keeps it and is said.
 *
 * `drop table` of a partition takes an access exclusive lock on its parent, and whoever asks for one holds back
 * everybody who comes after. So nothing is asked for before an unlocked look has found that the partition may go, the
 * wait is 50 ms at most, and the look is repeated under the lock: a transaction that was open at the first look may
 * have left a row. `detach partition … concurrently` would wait without holding anybody back, but it is refused where
 * there is a default partition, and inside a function (PostgreSQL manual, ALTER TABLE).
 *
 * Each call drops one partition, so that no lock is held while the next one is looked at.
 */
export const createRetentionFunctions = `
${laneStates('create function', '')}

${originalUnpublishedLanes}

create function outbox_unknown_lanes(partition_name text) returns smallint[]
language plpgsql stable set search_path = public, pg_temp as $$
declare
  lanes smallint[];
begin
  -- From one lane number to the next along the partition's index on (lane, seq).
  execute format($query$
    with recursive found (lane) as (
      select min(lane) from %1$I
      union all
      select (select min(o.lane) from %1$I o where o.lane > found.lane) from found where found.lane is not null
    )
    select array_agg(lane order by lane) from found
    where lane is not null and lane not in (select l.lane from outbox_lane l)
    $query$, partition_name) into lanes;
  return lanes;
end $$;

create function outbox_replayed_lanes(partition_name text) returns smallint[]
language plpgsql stable set search_path = public, pg_temp as $$
declare
  lanes smallint[];
begin
  execute format($query$
    select array_agg(distinct r.lane order by r.lane) from outbox_replay r
    where r.finished_at is null and r.cancelled_at is null
      and exists (select from %I o where o.lane = r.lane and o.seq > r.position and o.seq <= r.to_seq)
    $query$, partition_name) into lanes;
  return lanes;
end $$;

create function outbox_events_keep(partition_name text, cutoff timestamptz, out reason text, out lanes smallint[])
language plpgsql stable set search_path = public, pg_temp as $$
declare
  is_young boolean;
begin
  lanes := outbox_unknown_lanes(partition_name);
  if lanes is not null then
    reason := 'events of lanes that no topic has';
    return;
  end if;
  lanes := outbox_unpublished_lanes(partition_name);
  if lanes is not null then
    reason := 'events that are not published';
    return;
  end if;
  lanes := outbox_replayed_lanes(partition_name);
  if lanes is not null then
    reason := 'events that are to be replayed';
    return;
  end if;
  if partition_name = 'outbox_default' then
    execute format('select exists (select from %I where created_at >= $1)', partition_name) into is_young using cutoff;
    reason := case when is_young then 'events younger than the retention' end;
  end if;
end $$;

create function outbox_receipts_keep(
  partition_name text, cutoff timestamptz, out reason text, out lanes smallint[], out newest_id bigint
)
language plpgsql stable set search_path = public, pg_temp as $$
declare
  is_young boolean;
begin
  -- A receipt speaks of events at or below its lane's position at that time; only a rebase lowers the position, and
  -- leaves the highest seq as the floor. So the newest row of each lane bounds all receipts of the partition: an index
  -- probe per lane, and one per lane and day for an event that is still there.
  execute format($query$
    select coalesce(max(newest.id), 0),
           array_agg(l.lane order by l.lane) filter (where exists (
             select from outbox o where o.lane = l.lane and o.seq <= greatest(newest.position, newest.floor)))
    from outbox_lane l
    cross join lateral (
      select p.id, p.position, p.floor from %I p where p.lane = l.lane order by p.id desc limit 1
    ) newest
    $query$, partition_name) into newest_id, lanes;
  if partition_name = 'outbox_progress_default' then
    execute format('select exists (select from %I where published_at >= $1)', partition_name) into is_young using cutoff;
  end if;
  reason := case when lanes is not null then 'receipts of events that are kept'
                 when is_young then 'receipts younger than the retention' end;
end $$;

create function outbox_old_partitions(keep_days integer, at timestamptz)
returns table (parent text, partition_name text, day date)
language plpgsql stable set search_path = public, pg_temp as $$
begin
  if keep_days not between 1 and 3650 then
    raise exception 'outbox retention: keep_days is 1 to 3650, not %', keep_days;
  end if;
  return query
    select p.relname::text, c.relname::text, d.day
    from pg_inherits i
    join pg_class p on p.oid = i.inhparent
    join pg_class c on c.oid = i.inhrelid
    cross join lateral (
      select to_date(substring(c.relname from '_p(\\d{8})$'), 'YYYYMMDD') as day
    ) d
    where i.inhparent in ('outbox'::regclass, 'outbox_progress'::regclass)
      and (d.day + 1)::timestamp at time zone 'UTC' <= at - make_interval(days => keep_days)
    order by d.day, p.relname;
  -- The default partitions are asked for last, and only when there is something in them.
  if exists (select from outbox_default) then
    return query select 'outbox', 'outbox_default', null::date;
  end if;
  if exists (select from outbox_progress_default) then
    return query select 'outbox_progress', 'outbox_progress_default', null::date;
  end if;
end $$;

create function outbox_old_days_at(keep_days integer, at timestamptz)
returns table (parent text, partition_name text, day date, reason text, lanes smallint[])
language sql stable set search_path = public, pg_temp as $$
  select p.parent, p.partition_name, p.day, keep.reason, keep.lanes
  from outbox_old_partitions(keep_days, at) p
  cross join lateral (
    select e.reason, e.lanes from outbox_events_keep(p.partition_name, at - make_interval(days => keep_days)) e
    where p.parent = 'outbox'
    union all
    select r.reason, r.lanes from outbox_receipts_keep(p.partition_name, at - make_interval(days => keep_days)) r
    where p.parent = 'outbox_progress'
  ) keep
$$;

create function outbox_old_days(keep_days integer)
returns table (parent text, partition_name text, day date, reason text, lanes smallint[])
language sql volatile security definer set search_path = public, pg_temp as $$
  select * from outbox_old_days_at(keep_days, clock_timestamp())
$$;

revoke execute on function outbox_lane_states(), outbox_unpublished_lanes(text), outbox_unknown_lanes(text), outbox_replayed_lanes(text),
  outbox_events_keep(text, timestamptz), outbox_receipts_keep(text, timestamptz),
  outbox_old_partitions(integer, timestamptz), outbox_old_days_at(integer, timestamptz), outbox_old_days(integer)
  from public;
`;

export const dropRetentionFunctions = `
drop function outbox_old_days(integer);
drop function outbox_old_days_at(integer, timestamptz);
drop function outbox_old_partitions(integer, timestamptz);
drop function outbox_receipts_keep(text, timestamptz);
drop function outbox_events_keep(text, timestamptz);
drop function outbox_replayed_lanes(text);
drop function outbox_unknown_lanes(text);
drop function outbox_unpublished_lanes(text);
drop function outbox_lane_states();
`;

/** As the first version had it. */
export const restoreUnpublishedLanes = originalUnpublishedLanes.replace(
  'create function',
  'create or replace function',
);
