/**
 * Which cluster, on which timeline, the cursor's snapshots belong to.
 *
 * A failover or point-in-time recovery keeps the system identifier and raises the timeline: transaction ids stay
 * comparable, so the cursor is untouched and only the epoch tells consumers that versions may diverge. A dump
 * restored into a new cluster carries foreign transaction ids: every lane is rebased to the last point up to which
 * its old snapshot proves publication, and all leases end, because positions in memory are void.
 */
export const createSourceFunctions = `
create function outbox_current_source(out system_identifier text, out timeline integer)
language sql volatile security definer set search_path = public, pg_temp as $$
  select (select c.system_identifier::text from pg_control_system() c),
         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer
$$;

create function outbox_rebase() returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  lock table outbox in share row exclusive mode;
  perform from outbox_lane order by lane for update;
  insert into outbox_progress (lane, position, snapshot, floor, log_generation)
    select lane.lane,
           least(state.position, unseen.seq - 1),
           pg_current_snapshot(),
           coalesce(newest.seq, 0),
           state.log_generation
    from outbox_lane lane
    cross join lateral (
      select p.position, p.snapshot, p.floor, p.log_generation from outbox_progress p
      where p.lane = lane.lane order by p.id desc limit 1
    ) state
    cross join lateral (
      select min(o.seq) as seq from outbox o
      where o.lane = lane.lane and o.seq > least(state.position, state.floor) and o.seq <= state.position
        and not pg_visible_in_snapshot(o.xid, state.snapshot)
    ) unseen
    cross join lateral (select max(o.seq) as seq from outbox o where o.lane = lane.lane) newest;
  update outbox_lane set owner = null, lease_epoch = lease_epoch + 1;
end $$;

create function outbox_confirm_source(out epoch integer, out change text)
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
declare
  found outbox_source;
  now_source record;
begin
  now_source := outbox_current_source();
  select * into strict found from outbox_source;
  if found.system_identifier <> now_source.system_identifier or found.timeline <> now_source.timeline then
    select * into strict found from outbox_source for update;
  end if;
  change := case
    when found.system_identifier <> now_source.system_identifier then 'other cluster'
    when found.timeline <> now_source.timeline then 'other timeline'
    else 'same' end;
  if change = 'other cluster' then
    perform outbox_rebase();
  end if;
  if change <> 'same' then
    update outbox_source s
      set epoch = s.epoch + 1, system_identifier = now_source.system_identifier, timeline = now_source.timeline,
          reason = outbox_confirm_source.change, changed_at = clock_timestamp()
      returning * into found;
  end if;
  epoch := found.epoch;
end $$;

insert into outbox_source (epoch, system_identifier, timeline, reason)
  select 1, s.system_identifier, s.timeline, 'created' from outbox_current_source() s;

revoke execute on function outbox_current_source(), outbox_rebase(), outbox_confirm_source() from public;
`;

export const dropSourceFunctions = `
drop function outbox_confirm_source();
drop function outbox_rebase();
drop function outbox_current_source();
`;
