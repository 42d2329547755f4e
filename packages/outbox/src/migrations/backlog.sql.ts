import type { OutboxRoles } from './roles.ts';

/**
 * How far to look for late rows: a column of the progress, its type, and what it asks of a row; and what is asked of a
 * transaction that was in progress at the cursor's snapshot. Each may be empty.
 */
export interface LateBound {
  readonly stored: string;
  readonly column: string;
  readonly holds: string;
  readonly ended: string;
}

export const unbounded: LateBound = { stored: '', column: '', holds: '', ended: '' };

/**
 * What waits in each lane: the cursor's three branches as in the relay's read, each counted up to the cap, so that it
 * costs some index reads per lane and partition whatever waits there. A lane without progress and checkpoint counts
 * from its beginning.
 *   fresh — ix_outbox_lane_seq. Rows of a lane are old in the order of seq but for open transactions, so what lies
 *           beyond the cap is younger;
 *   late  — ix_outbox_lane_xid_seq, transactions that had not begun at the cursor's snapshot. Where no bound is known and
 *           no relay runs, every fresh row is among them, so the cap is on what is looked at: a late one has taken its
 *           number before the snapshot and its transaction id before that, so it comes first;
 *   late  — ix_outbox_lane_xid_seq once per transaction that was in progress then; of one that is still open nothing
 *           can be seen, and a cap does not end a scan of what cannot.
 *
 * Sorting is off, so that each branch follows its index and stops at the cap: without statistics of a new day's
 * partition the planner read each lane as a whole and sorted it. A million rows that wait in 16 lanes, cap 10,000:
 * 20 to 40 s so, 0.4 to 0.8 s in the order of the index; at 2,000, 130 ms, and 20 ms once they were vacuumed.
 */
export const backlogFunction = (
  create: 'create function' | 'create or replace function',
  { stored, column, holds, ended }: LateBound,
): string => `
${create} outbox_lane_backlog(cap integer)
returns table (
  lane smallint, topic text, partition integer, log_generation integer, paused boolean, has_owner boolean,
  pending integer, oldest_age_ms float8, parked integer
)
language sql stable set search_path = public, pg_temp set enable_sort = off as $$
  with cursor as materialized (
    select l.lane, l.topic, l.partition, l.paused, l.owner, state.*
    from outbox_lane l
    left join lateral (
      select p.position::text, p.snapshot::text, p.floor::text, p.late_after::text, p.late_until::text, p.log_generation${stored}
      from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
    ) p on true
    cross join lateral jsonb_to_record(coalesce(
      to_jsonb(p), l.checkpoint, '{"position": 0, "snapshot": "1:1:", "floor": 0, "log_generation": 0}'
    )) as state (position bigint, snapshot pg_snapshot, floor bigint, late_after bigint, late_until pg_snapshot,
                 log_generation integer${column})
  )
  select cursor.lane, cursor.topic, cursor.partition, cursor.log_generation, cursor.paused,
         exists (select from outbox_relay r
                 where r.relay_id = cursor.owner and r.lease_until > clock_timestamp()) as has_owner,
         waiting.events as pending,
         extract(epoch from greatest(clock_timestamp(), waiting.oldest) - waiting.oldest)::float8 * 1000 as oldest_age_ms,
         (select count(*) from (select from outbox_parked p where p.lane = cursor.lane limit cap) parked)::integer as parked
  from cursor
  cross join lateral (
    select sum(found.events)::integer as events, min(found.oldest) as oldest
    from (
      (select count(*) as events,
              (select o.created_at from outbox o where o.lane = cursor.lane and o.seq > cursor.position
               order by o.seq limit 1) as oldest
       from (select o.seq from outbox o
             where o.lane = cursor.lane and o.seq > cursor.position
             order by o.seq limit cap) fresh)
      union all
      (select 1,
              (select o.created_at from outbox o
               where o.lane = cursor.lane and o.xid = begun_later.xid and o.seq = begun_later.seq)
       from (select o.xid, o.seq from outbox o
             where o.lane = cursor.lane and o.xid >= pg_snapshot_xmax(cursor.snapshot) ${holds}
             order by o.xid limit cap) begun_later
       where begun_later.seq > cursor.floor and begun_later.seq <= cursor.position
         and (cursor.late_until is null or begun_later.seq > cursor.late_after
              or not pg_visible_in_snapshot(begun_later.xid, cursor.late_until)))
      union all
      (select 1, o.created_at
       from pg_snapshot_xip(cursor.snapshot) as open_then (xid)
       join outbox o on o.xid = open_then.xid
       where o.lane = cursor.lane and o.seq > cursor.floor and o.seq <= cursor.position${ended}
         and (cursor.late_until is null or o.seq > cursor.late_after
              or not pg_visible_in_snapshot(o.xid, cursor.late_until))
       limit cap)
    ) found
  ) waiting
  order by cursor.lane
$$;`;

const eventColumns = 'lane, xid, seq, topic, key, version, type, created_at';
const parkedColumns =
  'lane, seq, topic, key, version, type, created_at, reason, detail, attempts, parked_at, next_attempt_at, wish';

/** Whoever watches the outbox sees what waits where, and no event's contents: payload and headers stay out. */
export function createBacklog({ relay, jobs, ops }: OutboxRoles): string {
  return `${backlogFunction('create function', unbounded)}
revoke execute on function outbox_lane_backlog(integer) from public;
grant execute on function outbox_lane_backlog(integer) to ${relay}, ${jobs}, ${ops};
grant select (${eventColumns}) on outbox to ${jobs}, ${ops};
grant select (${parkedColumns}) on outbox_parked to ${jobs}, ${ops};
grant select on outbox_progress, outbox_lane, outbox_relay, outbox_source to ${jobs};`;
}

/** The rights stay: those who have them had them from an earlier migration too. */
export const dropBacklog = 'drop function outbox_lane_backlog(integer);';
