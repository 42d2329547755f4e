/**
 * A dump restored into a new cluster carries foreign transaction ids. Each lane goes back to the last point up to which
 * its old snapshot proves publication; a row that committed behind the old position after that snapshot is above it.
 *
 * What the first version did not do:
 * - a lane whose progress rows were all dropped with their days stands on its checkpoint, and was passed over: its next
 *   reads would have compared the new cluster's transaction ids with the old one's snapshot, and lost rows;
 * - relays of the old cluster counted as alive until their leases ended, and lanes were kept free for them;
 * - what was copied by logical replication has no sequence values: numbers at or below a position would have been given
 *   out again, and an event that gets one counts as published.
 */
export const replaceRebase = `
create or replace function outbox_rebase() returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    -- What committed before the lock must be visible to the statements after it.
    raise exception 'outbox_rebase needs the isolation level read committed';
  end if;
  lock table outbox in share row exclusive mode;
  perform from outbox_lane order by lane for no key update;
  perform setval(pg_get_serial_sequence('outbox_progress', 'id'), greatest(
    nextval(pg_get_serial_sequence('outbox_progress', 'id')), (select max(s.progress_id) from outbox_lane_states() s)));
  perform setval(pg_get_serial_sequence('outbox', 'seq'), greatest(
    nextval(pg_get_serial_sequence('outbox', 'seq')),
    (select max(o.seq) from outbox_lane l cross join lateral (
       select max(e.seq) as seq from outbox e where e.lane = l.lane) o),
    (select max(s.position) from outbox_lane_states() s)));
  insert into outbox_progress (lane, position, snapshot, floor, log_generation)
    select state.lane,
           least(state.position, unseen.seq - 1),
           pg_current_snapshot(),
           coalesce(newest.seq, 0),
           state.log_generation
    from outbox_lane_states() state
    cross join lateral (
      select min(o.seq) as seq from outbox o
      where o.lane = state.lane and o.seq > least(state.position, state.floor) and o.seq <= state.position
        and not pg_visible_in_snapshot(o.xid, state.snapshot)
    ) unseen
    cross join lateral (select max(o.seq) as seq from outbox o where o.lane = state.lane) newest
    where state.position is not null;
  update outbox_lane set owner = null, lease_epoch = lease_epoch + 1;
  delete from outbox_relay;
end $$;
`;

/** The version of the first migration. */
export const restoreFirstRebase = `
create or replace function outbox_rebase() returns void
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
`;

/** For a restore that the system identifier and timeline do not show: an operator says so. */
export const createRaiseEpoch = `
create function outbox_raise_epoch(actor text, reason text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  raised integer;
begin
  perform outbox_require_reason(actor, reason);
  update outbox_source s
    set epoch = s.epoch + 1, reason = 'raised by an operator: ' || outbox_raise_epoch.reason, changed_at = clock_timestamp()
    returning s.epoch into strict raised;
  insert into outbox_audit (actor, action, reason, details)
  values (outbox_raise_epoch.actor, 'raise epoch', outbox_raise_epoch.reason, jsonb_build_object('epoch', raised));
  return raised;
end $$;

revoke execute on function outbox_raise_epoch(text, text) from public;
`;

export const dropRaiseEpoch = 'drop function outbox_raise_epoch(text, text);';
