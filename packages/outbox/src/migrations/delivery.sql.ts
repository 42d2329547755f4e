/**
 * Where the events of one key are. Each event's receipt costs two index reads, whatever the table holds: the first
 * fresh receipt that ends at or after its seq, and the inverted index of all others. The newest receipt that the log
 * still holds counts; one of a log that Kafka lost is shown as lost until the event is published again.
 */
const delivery = `
  select e.topic, e.version, e.type, e.seq, e.created_at,
         case when parked.seq is not null then 'parked'
              when receipt."offset" is null then 'pending'
              when receipt.is_lost then 'lost'
              else 'published' end,
         parked.reason,
         case when receipt."offset" is not null then lane.partition end,
         receipt."offset",
         receipt.published_at
  from (
    select o.lane, o.seq, o.topic, o.version, o.type, o.created_at from outbox o where o.key = event_key
    union
    select p.lane, p.seq, p.topic, p.version, p.type, p.created_at from outbox_parked p where p.key = event_key
  ) e
  join outbox_lane lane on lane.lane = e.lane
  left join outbox_parked parked on parked.lane = e.lane and parked.seq = e.seq
  left join lateral (
    select found."offset", found.published_at, lost.is_lost
    from (
      select fresh.id, fresh.log_generation, fresh.published_at,
             fresh.base_offset + array_position(fresh.seqs, e.seq) - 1 as "offset"
      from (
        select p.id, p.log_generation, p.published_at, p.base_offset, p.seqs from outbox_progress p
        where p.kind = 'fresh' and p.lane = e.lane and p.last_seq >= e.seq
        order by p.last_seq limit 1
      ) fresh
      where e.seq = any (fresh.seqs)
      union all
      select p.id, p.log_generation, p.published_at, p.base_offset + array_position(p.seqs, e.seq) - 1
      from outbox_progress p
      where p.kind <> 'fresh' and p.seqs @> array[e.seq] and p.lane = e.lane
    ) found
    cross join lateral (
      select exists (
        select from outbox_log_loss loss
        where loss.lane = e.lane and loss.log_generation > found.log_generation and loss.base_offset <= found."offset"
      ) as is_lost
    ) lost
    order by lost.is_lost, found.id desc
    limit 1
  ) receipt on true
  order by e.seq
`;

const returned = `returns table (
  topic text, version integer, type text, seq bigint, created_at timestamptz, state text, reason text,
  partition integer, "offset" bigint, published_at timestamptz
)
language sql stable security definer set search_path = public, pg_temp`;

export const replaceDelivery = `create or replace function outbox_delivery(event_key text) ${returned} as $$${delivery}$$;`;
