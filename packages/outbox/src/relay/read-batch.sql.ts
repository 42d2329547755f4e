/** An event as it lies in the outbox. Headers are JSON text, parsed when the event is sent. */
export interface OutboxRow {
  readonly seq: bigint;
  readonly key: string;
  readonly payload: string;
  readonly headers: string;
}

export interface ReadLimits {
  /** Rows per lane and kind (late, fresh). */
  readonly rows: number;
  /** Bytes of payload, key and headers per lane and kind; the first row is taken whatever its size. */
  readonly bytes: number;
}

/** Bytes of a row. A text tells its length from its header: neither read where it lies apart, nor unpacked. */
const BYTES = 'octet_length(o.payload) + octet_length(o.key) + octet_length(o.headers)';

/** The longest event of {@link READ_SHORT}, as a multiple of the mean length of the events of a full batch. */
const SHORT = 2;

/**
 * One statement, so one snapshot S for all lanes. The branches stay apart under `union all`: joined by `or` the
 * planner filters the whole lane. Each is one index scan per partition with a limit:
 *   fresh  — ix_outbox_lane_seq, in order as it comes: neither sorted nor kept;
 *   late   — ix_outbox_lane_xid_seq, once for all transactions that had not begun at the cursor's snapshot, up to the
 *            one that stored the position or, where that is not known, to the end of S; and once for each that was in
 *            progress then and is no longer.
 * While nothing is there, a read's time goes into its scans being made ready, one per branch and partition. So what is
 * asked of late rows beyond the index, and what the cheaper statement works out of a fresh one, stands above the scans'
 * limit, where it is made ready once: 0.52 ms for a lane in nine partitions became 0.36. Where that limit applies, the
 * comparison of (xid, seq) must say all of what is asked of seq: it would end among rows that are not wanted. Both late
 * ranges share a branch, and a lane that is drained looks for fresh rows behind all of them rather than through a gate of
 * its own per partition: 0.54 ms for a lane in nine partitions became 0.48, in sixteen 0.82 became 0.69.
 *
 * Of the late rows the index may only see the upper bound of seq. With both, the planner takes the range for narrow
 * (0.5 %, the default for unknown bounds) and walks everything that was ever published, by ix_outbox_lane_seq: with
 * 100,000 published rows an empty read took 110 ms instead of 2. They are asked for in the order of xid, which only
 * their own index has, and by a range of xid where one is meant, because a constant has no order: on a new day, of which
 * the planner knows nothing, a poll walked through everything since midnight (2,000 rows a lane: 11.6 ms instead of 0.8).
 * Of one transaction, whose rows can be seen either all or not at all, they come in the order of seq too, from the last
 * one sent: a transaction of millions of events that commits late is read like any backlog, where each read used to go
 * through all of them.
 * Late rows lie between the floor and the position: a lane that has published nothing has none, and need not go through
 * all that has come since it was made. Nor is a late row any of what began after the position was stored, which is all
 * that came while no relay ran ({@link BoundedCursor}): the first read after that goes through nothing but what was
 * under way at its beginning, where a million events in between took 7,000 pages.
 * Nothing beyond S is looked at for late rows: those from another cluster, restored from a dump, have transaction ids
 * that this one may reach in years, and all lie below the floor. Nor is what a transaction wrote that is still open:
 * none of its rows can be seen, and no limit would end a scan of a million of them at every read. Beyond the position no
 * index tells them apart, so there each read goes through them until a newer row of the lane takes the position past
 * them: 0.6 s for a million.
 *
 * A lane's answer is a row with the snapshot, one per event, and perhaps rows without a `seq`: of the late kind one says
 * that there are more. Nothing is sorted at the end: a sort of rows as wide as these spills to disk.
 */
const read = (ahead: string, fresh: string): string => `
with cursor as materialized (
  select c.*, case when late_until is null then position else 9223372036854775807 end as fresh_after,
         least(${SHORT} * $9::bigint / $8::bigint, 2147483647)::integer as longest
  from unnest($1::smallint[], $2::bigint[], $3::pg_snapshot[], $4::bigint[], $5::bigint[], $6::pg_snapshot[], $7::xid8[])
    as c (lane, position, snapshot, floor, late_after, late_until, late_before)
), seen as materialized (select pg_current_snapshot()::text as snapshot)
select cursor.lane, found.*
from cursor${ahead}
cross join lateral (
  select seen.snapshot, null::boolean as late, null::bigint as seq, null as key, null as payload, null as headers
  from seen
  union all
  ${fresh}
  union all
  select null, true, case when fits then seq end, case when fits then key end, case when fits then payload end,
         case when fits then headers end
  from (
    select late.*, nth <= $8 and (nth = 1 or until_here <= $9) as fits
    from (
      select o.*, row_number() over in_order as nth, sum(bytes) over in_order as until_here
      from (
        select o.seq, o.key, o.payload, o.headers, ${BYTES} as bytes
        from (
          select pg_snapshot_xmax(cursor.snapshot), coalesce(cursor.late_before, pg_snapshot_xmax(pg_current_snapshot()))
          where cursor.position > cursor.floor
          union all
          select xid, xid from pg_snapshot_xip(cursor.snapshot) as open_then (xid)
          where pg_visible_in_snapshot(xid, pg_current_snapshot())
        ) as unseen (first, last)
        cross join lateral (
          select o.xid, o.seq, o.key, o.payload, o.headers from outbox o
          where o.lane = cursor.lane and o.xid <= unseen.last and o.seq <= cursor.position
            and (o.xid, o.seq) > (unseen.first, coalesce(cursor.late_after, cursor.floor))
          order by o.xid, o.seq
          limit case when unseen.first = unseen.last then $8 + 1 end
        ) o
        where o.seq > coalesce(cursor.late_after, cursor.floor)
          and (cursor.late_until is null or pg_visible_in_snapshot(o.xid, cursor.late_until))
        order by o.seq limit $8 + 1
      ) o
      window in_order as (order by seq rows unbounded preceding)
    ) late
    where nth <= 2 or nth <= $8 + 1 and until_here - bytes <= $9
  ) late
) found`;

/**
 * The read for short events: $8 fresh rows, none of more than twice $9 / $8 bytes, so that nothing need be summed
 * before they are fetched and no more than twice $9 can come of it. Whoever calls cuts that to $9. A longer event
 * is withheld, told by a fresh row without a `seq`, and what was read of its lane is worth nothing then. `offset 0` has
 * the planner keep the lengths where they are worked out once, instead of in each of the three columns that ask for them.
 */
export const READ_SHORT = read(
  '',
  `(select null, null, case when is_short then o.seq end, o.key,
          case when is_short then o.payload end, case when is_short then o.headers end
   from (
     select o.*, ${BYTES} <= cursor.longest as is_short
     from (
       select o.seq, o.key, o.payload, o.headers from outbox o
       where o.lane = cursor.lane and o.seq > cursor.fresh_after
       order by o.seq limit $8
     ) o
     offset 0
   ) o)`,
);

/**
 * The read for events of any length. A fresh row without a `seq` says that there are more beyond the limits. How many
 * fresh rows fit is found beforehand from their lengths alone, as a rule from the sum of them; a running sum is made
 * only where that is above the limit. Carrying whole rows through a window took 1.7 µs a row, of 4.4 in all; going
 * through the index twice takes 0.6 of 2.4, which {@link READ_SHORT} saves.
 */
export const READ_LONG = read(
  `
cross join lateral (
  select count(*) as found, sum(bytes) as bytes, array_agg(bytes) as sizes
  from (
    select ${BYTES} as bytes from outbox o
    where o.lane = cursor.lane and o.seq > cursor.fresh_after
    order by o.seq limit $8 + 1
  ) o
) ahead
cross join lateral (
  select case when ahead.bytes <= $9 then least(ahead.found, $8) else (
    select count(*) from (
      select nth, sum(bytes) over (order by nth rows unbounded preceding) as until_here
      from unnest(ahead.sizes) with ordinality as size (bytes, nth)
    ) o where nth <= $8 and (nth = 1 or until_here <= $9)
  ) end as fit
) fresh`,
  `select null, null, null, null, null, null where ahead.found > fresh.fit
  union all
  (select null, null, o.seq, o.key, o.payload, o.headers
   from outbox o
   where o.lane = cursor.lane and o.seq > cursor.fresh_after
   order by o.seq limit fresh.fit)`,
);
