import type { Queryable } from '../../relay/relay-database.ts';

/** What a receipt says: this event stands at this offset. */
export interface ReceiptEntry {
  readonly receiptId: bigint;
  readonly offset: bigint;
  readonly seq: bigint;
  /** Null when the outbox does not have it. */
  readonly event: StoredEvent | null;
}

/** An event without its contents. */
export interface StoredEvent {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Hexadecimal. */
  readonly payloadSha256: string;
}

/**
 * Some of a lane's receipts by ix_outbox_progress_lane_id, each laid out into its events, which ix_outbox_lane_seq
 * finds one by one: the limit keeps the planner from reading the whole lane instead.
 * Offsets that Kafka lost and gave out again are left out: nothing is there any more.
 */
const ENTRIES = `
select receipt.id, receipt.base_offset + part.nth - 1 as "offset", part.seq,
       e.topic, e.key, e.version, e.headers, encode(e.payload_sha256, 'hex') as payload_sha256
from (
  select p.id, p.base_offset, p.seqs, p.log_generation from outbox_progress p
  where p.lane = $1 and p.id > $2 and p.id <= $4 and p.base_offset is not null and p.published_at >= $3
) receipt
cross join lateral unnest(receipt.seqs) with ordinality as part (seq, nth)
left join lateral (
  select o.topic, o.key, o.version, o.headers, o.payload_sha256
  from ops_outbox_event o where o.lane = $1 and o.seq = part.seq limit 1
) e on true
where not exists (
  select from outbox_log_loss loss
  where loss.lane = $1 and loss.log_generation > receipt.log_generation
    and loss.base_offset <= receipt.base_offset + part.nth - 1
)
order by receipt.id, part.nth`;

interface Row {
  id: string;
  offset: string;
  seq: string;
  topic: string | null;
  key: string | null;
  version: number | null;
  headers: Record<string, string> | null;
  payload_sha256: string | null;
}

/** Receipts looked at for a page, and events in it: idle lanes have receipts of one event, busy ones of hundreds. */
const RECEIPTS_AT_ONCE = 1_000;
const EVENTS_AT_ONCE = 2_000;

/** As many receipts as hold about so many events, at least one. */
const LAST_OF_PAGE = `
select max(page.id) as last from (
  select next.id, sum(next.events) over (order by next.id) - next.events as before
  from (
    select p.id, cardinality(p.seqs) as events from outbox_progress p
    where p.lane = $1 and p.id > $2 and p.base_offset is not null and p.published_at >= $3
    order by p.id limit ${RECEIPTS_AT_ONCE}
  ) next
) page
where page.before < ${EVENTS_AT_ONCE}`;

/** Everything that a lane's receipts since then say, oldest first; a page at a time is in memory. */
export async function* readReceiptEntries(
  database: Queryable,
  lane: number,
  since: Date,
): AsyncGenerator<ReceiptEntry, void, undefined> {
  let after = 0n;
  for (;;) {
    const values = [lane, after, since];
    const page = await database.query<{ last: string | null }>({ text: LAST_OF_PAGE, values });
    const last = page.rows[0]?.last ?? null;
    if (last === null) return;
    const { rows } = await database.query<Row>({ text: ENTRIES, values: [...values, last] });
    for (const row of rows) yield entryOf(row);
    after = BigInt(last);
  }
}

function entryOf({ id, offset, seq, topic, key, version, headers, payload_sha256 }: Row): ReceiptEntry {
  const isThere = topic !== null && key !== null && version !== null && payload_sha256 !== null;
  return {
    receiptId: BigInt(id),
    offset: BigInt(offset),
    seq: BigInt(seq),
    event: isThere ? { topic, key, version, headers: headers ?? {}, payloadSha256: payload_sha256 } : null,
  };
}

/** The newest receipt of a lane, and the least seq from which on its outbox has every event, or null. */
export interface LaneEdges {
  readonly newestReceipt: bigint;
  readonly leastSeq: bigint | null;
}

/**
 * The least seq is the first entry of ix_outbox_lane_seq in each day since then; rows of other days in the default
 * partition are passed over, those from a clock that was ahead too: by their seq they are older than they say.
 */
const EDGES = `
select (select max(p.id) from outbox_progress p where p.lane = $1) as newest,
       (select min(o.seq) from outbox o where o.lane = $1 and o.created_at >= $2 and o.created_at <= now()) as least`;

/** @param heldSince since when the outbox has every event */
export async function readLaneEdges(database: Queryable, lane: number, heldSince: Date): Promise<LaneEdges> {
  const { rows } = await database.query<{ newest: string | null; least: string | null }>({
    text: EDGES,
    values: [lane, heldSince],
  });
  const { newest = null, least = null } = rows[0] ?? {};
  return { newestReceipt: BigInt(newest ?? 0), leastSeq: least === null ? null : BigInt(least) };
}

/** By ix_outbox_key_seq. @returns the outbox's events of these keys in a topic */
export async function readEventsOfKeys(
  database: Queryable,
  topic: string,
  keys: readonly string[],
): Promise<StoredEvent[]> {
  const { rows } = await database.query<{
    key: string;
    version: number;
    headers: Record<string, string>;
    payload_sha256: string;
  }>({
    text: `select e.key, e.version, e.headers, encode(e.payload_sha256, 'hex') as payload_sha256
           from ops_outbox_event e where e.key = any ($1::text[]) and e.topic = $2`,
    values: [keys, topic],
  });
  return rows.map(({ payload_sha256, ...row }) => ({ ...row, topic, payloadSha256: payload_sha256 }));
}
