/**
 * Where each lane stands: the statement that makes or replaces the function.
 *
 * @param more keys and values for the state that a lane keeps when its progress rows are dropped with their days, each
 * followed by a comma
 */
export const laneStates = (
  create: 'create function' | 'create or replace function',
  more: string,
): string => `\
${create} outbox_lane_states()
returns table (
  lane smallint, progress_id bigint, "position" bigint, snapshot pg_snapshot, floor bigint, late_after bigint,
  late_until pg_snapshot, log_generation integer, state jsonb
)
language sql stable set search_path = public, pg_temp as $$
  -- The newest progress of each lane, or what is left of it when its day is gone: one index probe per lane and day.
  select l.lane, newest.id, s.position, s.snapshot, s.floor, s.late_after, s.late_until, s.log_generation,
         coalesce(newest.state, l.checkpoint)
  from outbox_lane l
  left join lateral (
    select p.id, jsonb_build_object(
             ${more}'position', p.position::text, 'snapshot', p.snapshot::text, 'floor', p.floor::text,
             'late_after', p.late_after::text, 'late_until', p.late_until::text,
             'log_generation', p.log_generation,
             'log_end', coalesce((
               select (r.base_offset + cardinality(r.seqs))::text from outbox_progress r
               where r.lane = l.lane and r.base_offset is not null order by r.id desc limit 1
             ), l.checkpoint ->> 'log_end')) as state
    from outbox_progress p where p.lane = l.lane order by p.id desc limit 1
  ) newest on true
  left join lateral jsonb_to_record(coalesce(newest.state, l.checkpoint)) as s (
    "position" bigint, snapshot pg_snapshot, floor bigint, late_after bigint, late_until pg_snapshot,
    log_generation integer
  ) on true
$$;`;
