import { type OutboxRoles, revokeBesides } from './roles.ts';

/**
 * Where one event stands in Kafka, as its receipts have it: two index reads, whatever the table holds. Those are the
 * first fresh receipt that ends at or after its seq (ix_outbox_progress_lane_last_seq) and the inverted index of all
 * others. The newest receipt that the log still holds counts; only where each is of a log that Kafka lost, the event is
 * lost. No row: no receipt yet.
 *
 * A plain SQL function without settings of its own, so that the planner puts its text in place of the call.
 */
const receiptOf = (create: 'create function' | 'create or replace function', isOfLane: string): string => `
${create} outbox_receipt_of(of_lane smallint, of_seq bigint)
returns table ("offset" bigint, published_at timestamptz, is_lost boolean)
language sql stable as $$
  select found."offset", found.published_at, lost.is_lost
  from (
    select fresh.id, fresh.log_generation, fresh.published_at,
           fresh.base_offset + array_position(fresh.seqs, of_seq) - 1 as "offset"
    from (
      select p.id, p.log_generation, p.published_at, p.base_offset, p.seqs from outbox_progress p
      where p.kind = 'fresh' and p.lane = of_lane and p.last_seq >= of_seq
      order by p.last_seq limit 1
    ) fresh
    where of_seq = any (fresh.seqs)
    union all
    select p.id, p.log_generation, p.published_at, p.base_offset + array_position(p.seqs, of_seq) - 1
    from outbox_progress p
    where p.kind <> 'fresh' and p.seqs @> array[of_seq] and ${isOfLane}
  ) found
  cross join lateral (
    select exists (
      select from outbox_log_loss loss
      where loss.lane = of_lane and loss.log_generation > found.log_generation and loss.base_offset <= found."offset"
    ) as is_lost
  ) lost
  order by lost.is_lost, found.id desc
  limit 1
$$;
`;

/**
 * Looked for event by event: joined as a whole, all parked events are read where the planner takes one key's events for
 * many, as it does of a day without statistics.
 */
const parkedOfEach = `lateral (
    select p.seq, p.reason from outbox_parked p where p.lane = e.lane and p.seq = e.seq limit 1
  ) parked on true`;

const parkedOfAny = 'outbox_parked parked on parked.lane = e.lane and parked.seq = e.seq';

/** Where the events of one key are, by their receipts. */
const deliveryByReceipts = (parked: string): string => `
create or replace function outbox_delivery(event_key text)
returns table (
  topic text, version integer, type text, seq bigint, created_at timestamptz, state text, reason text,
  partition integer, "offset" bigint, published_at timestamptz
)
language sql stable security definer set search_path = public, pg_temp as $$
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
  left join ${parked}
  left join lateral outbox_receipt_of(e.lane, e.seq) receipt on true
  order by e.seq
$$;`;

/**
 * By no index, which is what the sum is for: a day without statistics was searched by all receipts of the lane too, for
 * the sake of an `and` with the few that hold the seq.
 */
const isOfLaneUnindexed = 'p.lane + 0 = of_lane';

const isOfLane = 'p.lane = of_lane';

/** The relay asks it too: a replay of a lost log leaves out what is there again. */
export function createReceipts({ relay }: OutboxRoles): string {
  return `${receiptOf('create function', isOfLane)}
comment on function outbox_receipt_of(smallint, bigint) is 'the newest receipt of an event that its log still holds, else the newest';
revoke execute on function outbox_receipt_of(smallint, bigint) from public;
grant execute on function outbox_receipt_of(smallint, bigint) to ${relay};
${deliveryByReceipts(parkedOfAny)}`;
}

/** Once nothing calls it any more. */
export const dropReceipts = 'drop function outbox_receipt_of(smallint, bigint);';

/** By the indexes that are meant, whatever statistics say or do not say yet. Whoever reconciles asks it too. */
export function readReceiptsByIndex({ jobs, ops }: OutboxRoles): string {
  return `${receiptOf('create or replace function', isOfLaneUnindexed)}
grant execute on function outbox_receipt_of(smallint, bigint) to ${jobs}, ${ops};
${deliveryByReceipts(parkedOfEach)}`;
}

export function readReceiptsAsPlanned({ relay, jobs, ops }: OutboxRoles): string {
  return `${receiptOf('create or replace function', isOfLane)}
${revokeBesides(relay, 'execute on function outbox_receipt_of(smallint, bigint)', [jobs, ops])}
${deliveryByReceipts(parkedOfAny)}`;
}
