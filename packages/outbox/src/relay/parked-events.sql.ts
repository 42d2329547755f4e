import type { ParkedEvent, ParkedRow } from './delivery.ts';
import type { Queryable } from './relay-database.ts';
import type { ReadLimits } from './read-batch.sql.ts';

const PARK = `
insert into outbox_parked
  (lane, seq, topic, key, version, type, payload, headers, created_at, reason, detail, attempts, next_attempt_at)
select o.lane, o.seq, o.topic, o.key, o.version, o.type, o.payload, o.headers, o.created_at, p.reason, p.detail, p.attempts,
       clock_timestamp() + p.retry_in_ms * interval '1 millisecond'
from unnest($2::bigint[], $3::text[], $4::text[], $5::integer[], $6::float8[]) as p (seq, reason, detail, attempts, retry_in_ms)
join outbox o on o.lane = $1 and o.seq = p.seq
on conflict (lane, seq) do nothing`;

/** Copies events out of the outbox (ix_outbox_lane_seq), whose days are dropped without asking what is parked. */
export async function parkEvents(
  transaction: Queryable,
  lane: number,
  events: readonly ParkedEvent[],
): Promise<void> {
  await transaction.query({
    text: PARK,
    values: [
      lane,
      events.map(({ seq }) => seq),
      events.map(({ reason }) => reason),
      events.map(({ detail }) => detail),
      events.map(({ attempts }) => attempts),
      events.map(({ retryInMs }) => retryInMs),
    ],
  });
}

const DUE_KEY = `
select head.key from outbox_parked head
where head.lane = $1 and head.next_attempt_at <= clock_timestamp()
  and not exists (
    select from outbox_parked earlier
    where earlier.lane = head.lane and earlier.key = head.key and earlier.seq < head.seq
  )
order by head.next_attempt_at limit 1`;

/** The key whose first parked event is due longest (ix_outbox_parked_lane_next_attempt_at). */
export async function findDueKey(database: Queryable, lane: number): Promise<string | undefined> {
  const { rows } = await database.query<{ key: string }>({ text: DUE_KEY, values: [lane] });
  return rows[0]?.key;
}

const KEY_RUN = `
select seq, key, payload, headers, reason, attempts, wish
from (
  select p.seq, p.key, p.payload, p.headers, p.reason, p.attempts, p.wish,
         row_number() over run as nth,
         sum(octet_length(p.payload) + octet_length(p.headers) + octet_length(p.key)) over run as bytes
  from outbox_parked p
  where p.lane = $1 and p.key = $2
  window run as (order by p.seq)
  order by p.seq limit $3
) run
where nth = 1 or bytes <= $4
order by seq`;

/** A key's parked events from the first one on, within the limits (ix_outbox_parked_key_lane_seq). */
export async function readParkedRun(
  database: Queryable,
  lane: number,
  key: string,
  limits: ReadLimits,
): Promise<ParkedRow[]> {
  const { rows } = await database.query<Omit<ParkedRow, 'seq'> & { seq: string }>({
    text: KEY_RUN,
    values: [lane, key, limits.rows, limits.bytes],
  });
  return rows.map((row) => ({ ...row, seq: BigInt(row.seq) }));
}

const UNPARK = `
with sent as (
  select * from unnest($2::bigint[], $5::text[]) as s (seq, action)
), done as (
  delete from outbox_parked p using sent where p.lane = $1 and p.seq = sent.seq
  returning p.lane, p.topic, p.key, p.seq, p.version, sent.action
), noted as (
  insert into outbox_audit (actor, action, lane, topic, key, seq, version, reason)
  select $4, action, lane, topic, key, seq, version, 'carried out by the lane''s owner' from done
), follow as (
  update outbox_parked set next_attempt_at = clock_timestamp()
  where lane = $1 and seq = (
    select min(p.seq) from outbox_parked p where p.lane = $1 and p.key = $3 and p.seq <> all ($2::bigint[])
  )
)
select count(*)::int as left from outbox_parked p
where p.lane = $1 and p.key = $3 and p.seq <> all ($2::bigint[])`;

/**
 * Takes published or discarded events out and makes the one behind them due, which is the key's first one then.
 *
 * @param sent rows as they went out: a wish that came meanwhile came too late
 * @returns how many of the key are left
 */
export async function unparkEvents(
  transaction: Queryable,
  lane: number,
  key: string,
  sent: readonly ParkedRow[],
  actor: string,
): Promise<number> {
  const seqs = sent.map(({ seq }) => seq);
  const actions = sent.map(({ wish }) => (wish === 'discard' ? 'discarded' : 'published'));
  const { rows } = await transaction.query<{ left: number }>({
    text: UNPARK,
    values: [lane, seqs, key, actor, actions],
  });
  return rows[0]?.left ?? 0;
}

const RETRY_LATER = `
update outbox_parked
set attempts = attempts + 1, reason = $3, detail = $4,
    next_attempt_at = case when wish is distinct from $6 then clock_timestamp()
                           else clock_timestamp() + $5 * interval '1 millisecond' end,
    wish = case when wish is distinct from $6 then wish end
where lane = $1 and seq = $2`;

/**
 * The event was refused once more.
 *
 * @param tried the wish that was carried out in vain; one that came meanwhile is left for the next try
 */
export async function retryLater(
  transaction: Queryable,
  lane: number,
  { seq, reason, detail, retryInMs }: ParkedEvent,
  tried: ParkedRow['wish'],
): Promise<void> {
  await transaction.query({ text: RETRY_LATER, values: [lane, seq, reason, detail, retryInMs, tried] });
}
