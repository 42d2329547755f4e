import type { Queryable } from '../../relay/relay-database.ts';

/** Which versions of a key the outbox has, once each. */
export interface KeyVersions {
  readonly key: string;
  readonly greatest: number;
  readonly count: number;
  /** Of the greatest. */
  readonly topic: string;
  /** From the least version on that was written since the outbox has every event; null when there is none. */
  readonly held: { readonly least: number; readonly count: number } | null;
}

/** By ix_outbox_key_seq, once for each key and day. */
const VERSIONS = `
select e.key, max(e.version) as greatest, count(distinct e.version)::integer as count,
       (array_agg(e.topic order by e.version desc))[1] as topic, min(e.least_held) as least_held,
       count(distinct e.version) filter (where e.version >= e.least_held)::integer as count_held
from (
  select o.key, o.version, o.topic,
         min(o.version) filter (where o.created_at >= $3) over (partition by o.key) as least_held
  from outbox o where o.key = any ($1::text[]) and o.topic = any ($2::text[])
) e
group by e.key`;

interface Row {
  key: string;
  greatest: number;
  count: number;
  topic: string;
  least_held: number | null;
  count_held: number;
}

/** @param heldSince since when the outbox has every event */
export async function readKeyVersions(
  database: Queryable,
  keys: readonly string[],
  topics: readonly string[],
  heldSince: Date,
): Promise<ReadonlyMap<string, KeyVersions>> {
  const { rows } = await database.query<Row>({ text: VERSIONS, values: [keys, topics, heldSince] });
  return new Map(
    rows.map(({ least_held, count_held, ...row }) => [
      row.key,
      { ...row, held: least_held === null ? null : { least: least_held, count: count_held } },
    ]),
  );
}
