/** Before there were redrives, replays and lost logs; delivery.sql.ts has its successor. */
export const originalDelivery = `
create or replace function outbox_delivery(event_key text)
returns table (
  topic text, version integer, type text, seq bigint, created_at timestamptz, state text, reason text,
  partition integer, "offset" bigint, published_at timestamptz
)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.topic, e.version, e.type, e.seq, e.created_at,
         case when parked.seq is not null then 'parked'
              when receipt.base_offset is not null then 'published'
              else 'pending' end,
         parked.reason,
         case when receipt.base_offset is not null then lane.partition end,
         receipt.base_offset + array_position(receipt.seqs, e.seq) - 1,
         receipt.published_at
  from outbox e
  join outbox_lane lane on lane.lane = e.lane
  left join outbox_parked parked on parked.lane = e.lane and parked.seq = e.seq
  left join lateral (
    select p.base_offset, p.seqs, p.published_at
    from outbox_progress p
    where p.lane = e.lane and p.last_seq >= e.seq and p.first_seq <= e.seq and e.seq = any (p.seqs)
    order by p.last_seq
    limit 1
  ) receipt on true
  where e.key = event_key
  order by e.seq
$$;`;

/**
 * `outbox_add_topic` is for migrations. Each lane starts with a progress row at position 0, so that its state is
 * always a row and never an absence.
 */
export const createLaneFunctions = `
create function outbox_add_topic(new_topic text, partitions integer) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
  first_lane smallint;
begin
  if partitions not between 1 and 1000 then
    raise exception 'outbox_add_topic: partitions is 1 to 1000, not %', partitions;
  end if;
  if exists (select from outbox_lane where topic = new_topic) then
    raise exception 'outbox_add_topic: topic % exists; a wider topic is a new topic', new_topic;
  end if;
  lock table outbox_lane in share row exclusive mode;
  select coalesce(max(lane), 0) + 1 into first_lane from outbox_lane;
  insert into outbox_lane (lane, topic, partition)
    select first_lane + p, new_topic, p from generate_series(0, partitions - 1) p;
  insert into outbox_progress (lane, position, snapshot, floor, log_generation)
    select first_lane + p, 0, pg_current_snapshot(), 0, 0 from generate_series(0, partitions - 1) p;
end $$;

${originalDelivery}

revoke execute on function outbox_add_topic(text, integer), outbox_delivery(text) from public;
`;

export const dropLaneFunctions = `
drop function outbox_delivery(text);
drop function outbox_add_topic(text, integer);
`;
