import type { Queryable } from '../runs/job.ts';

export interface CanaryEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes a canary and its event in one transaction. */
export async function writeCanary(
  session: Queryable,
  { id, type, payload, headers }: CanaryEvent,
): Promise<void> {
  await session.query({
    text: 'select canary_write($1, $2, $3, $4)',
    values: [id, type, payload, JSON.stringify(headers)],
  });
}

/**
 * Marks canaries as seen. One that was seen before keeps its first time: a repetition is no second passage.
 *
 * @returns how long each took through the whole path, in ms by the database's clock
 */
export async function markSeen(database: Queryable, ids: readonly string[]): Promise<number[]> {
  const { rows } = await database.query<{ took: number }>({
    text: `
update canary set seen_at = clock_timestamp()
where id = any ($1::uuid[]) and seen_at is null
returning extract(epoch from seen_at - written_at)::float8 * 1000 as took`,
    values: [ids],
  });
  return rows.map(({ took }) => took);
}

export interface CanarySighting {
  /** Since the newest was written, in ms; null before the first. */
  readonly writtenAgoMs: number | null;
  /** Since the last that came through did, in ms; null before the first. */
  readonly seenAgoMs: number | null;
  /** How long that one took, in ms. */
  readonly tookMs: number | null;
  /** The oldest under way: written after the last that came through. */
  readonly underWay: string | null;
  readonly underWayMs: number | null;
  /** Not seen, though one written `graceMs` later was: lost on the way. */
  readonly missing: number;
}

/** A few probes of the two indexes of `canary`, however many there are. @param graceMs that two may overtake, in ms */
export async function readSighting(database: Queryable, graceMs: number): Promise<CanarySighting> {
  const { rows } = await database.query<CanarySighting>({
    text: `
with clock (now) as materialized (select clock_timestamp()),
seen as (
  select written_at, seen_at from canary where seen_at is not null order by seen_at desc, written_at desc limit 1
),
under_way as (
  select id, written_at from canary
  where seen_at is null and written_at > coalesce((select written_at from seen), '-infinity')
  order by written_at limit 1
)
select (select extract(epoch from now - max(written_at))::float8 * 1000 from canary) as "writtenAgoMs",
       (select extract(epoch from now - seen_at)::float8 * 1000 from seen) as "seenAgoMs",
       (select extract(epoch from seen_at - written_at)::float8 * 1000 from seen) as "tookMs",
       (select id from under_way) as "underWay",
       (select extract(epoch from now - written_at)::float8 * 1000 from under_way) as "underWayMs",
       (select count(*)::int from canary
        where seen_at is null and written_at < (select written_at from seen) - $1 * interval '1 ms') as "missing"
from clock`,
    values: [graceMs],
  });
  const [sighting] = rows;
  if (sighting === undefined) throw new Error('one row without conditions came back as none');
  return sighting;
}

/** Where a canary is, by the outbox's own receipts. */
export async function whereCanaryIs(database: Queryable, id: string): Promise<string> {
  const { rows } = await database.query<{ state: string }>({
    text: 'select state from outbox_delivery($1)',
    values: [id],
  });
  return rows[0]?.state ?? 'unknown';
}
