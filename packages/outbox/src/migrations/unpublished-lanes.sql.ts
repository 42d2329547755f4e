/**
 * Which lanes keep an old day: the three branches of the relay's read, in one partition and without a limit. The look
 * is repeated under the lock, where writers wait for it, so each branch must follow its own index whatever statistics
 * say of the day; they are asked for in the order that only that index has (read-batch.sql.ts says more). A day of a
 * million rows without statistics took 21 s to look at, seven of them under the lock.
 */
const unpublishedLanes = (isWithinReach: string, hasEnded: string): string => `
create or replace function outbox_unpublished_lanes(partition_name text) returns smallint[]
language plpgsql stable set search_path = public, pg_temp set enable_sort = off as $$
declare
  lanes smallint[];
begin
  -- While late rows are drained, those up to late_after that late_until shows are published already. A lane without
  -- any state blocks with its first row.
  execute format($query$
    select array_agg(s.lane order by s.lane) from outbox_lane_states() s
    where exists (select from %1$I o where o.lane = s.lane and o.seq > coalesce(s.position, 0))
       or exists (
         select from (
           select o.xid from %1$I o
           where o.lane = s.lane and o.xid >= pg_snapshot_xmax(s.snapshot) and o.seq - s.floor > 0
             and o.seq <= s.position${isWithinReach}
             and (s.late_until is null or o.seq > s.late_after or not pg_visible_in_snapshot(o.xid, s.late_until))
           order by o.xid limit 1
         ) begun_later)
       or exists (
         select from pg_snapshot_xip(s.snapshot) as open_then (xid)
         cross join lateral (
           select o.xid from %1$I o
           where o.lane = s.lane and o.xid between open_then.xid and open_then.xid and o.seq - s.floor > 0
             and o.seq <= s.position
             and (s.late_until is null or o.seq > s.late_after or not pg_visible_in_snapshot(o.xid, s.late_until))
           order by o.xid limit 1
         ) late${hasEnded})
    $query$, partition_name) into lanes;
  return lanes;
end $$;`;

export const replaceUnpublishedLanes = unpublishedLanes('', '');

/** Without what no read can show: what another cluster wrote, from a dump, and what a transaction wrote that is open. */
export const lookForUnpublishedInView = unpublishedLanes(
  ' and o.xid < pg_snapshot_xmax(pg_current_snapshot())',
  ' where pg_visible_in_snapshot(open_then.xid, pg_current_snapshot())',
);
