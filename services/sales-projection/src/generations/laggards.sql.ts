import type { ClientBase, Pool } from 'pg';

/** How far the comparison of all gates is. */
export type Comparison = 'not begun' | 'under way' | 'whole';

/** Uses pk_projection_generation. @returns undefined unless the generation is being built */
export async function readComparison(pool: Pool, generation: number): Promise<Comparison | undefined> {
  const { rows } = await pool.query<{ readonly comparison: Comparison }>(
    `select case when compared_up_to is null then 'not begun' when compared_at is null then 'under way' else 'whole' end
       as comparison
     from projection_generation where generation = $1 and state = 'building'`,
    [generation],
  );
  return rows[0]?.comparison;
}

/** Says that the comparison begins, unless another member has said it. */
export async function noteComparing(client: ClientBase, generation: number): Promise<void> {
  await client.query(
    `update projection_generation set compared_up_to = ''
     where generation = $1 and state = 'building' and compared_up_to is null`,
    [generation],
  );
}

/** Locks a comparison that is under way. @returns the last key that was compared; undefined when it is another's */
export async function lockComparison(client: ClientBase, generation: number): Promise<string | undefined> {
  const { rows } = await client.query<{ readonly compared_up_to: string }>(
    `select compared_up_to from projection_generation
     where generation = $1 and state = 'building' and compared_up_to is not null and compared_at is null
     for update skip locked`,
    [generation],
  );
  return rows[0]?.compared_up_to;
}

/** A generation that is being built. */
export interface Rebuild {
  readonly generation: number;
  /** Its consumer group. */
  readonly ours: string;
}

/** Some keys in their order. */
export interface Page {
  /** Behind this key. */
  readonly after: string;
  readonly size: number;
}

/** What was looked at. */
export interface Seen {
  readonly keys: number;
  /** null when there were no keys. */
  readonly last: string | null;
}

/**
 * Compares one page of the gates of what serves with those of the rebuild, and remembers the keys that it lacks. Both
 * by pk_inbox_gate: a range, and one look per key, which no statistics turn into a read of all (that is why ours is
 * a subquery). 10,000 of 2 million keys took 0.6 s on a busy machine, and 3 s at worst, from a cold cache.
 */
export async function comparePage(
  client: ClientBase,
  { ours, generation }: Rebuild,
  theirs: string,
  { after, size }: Page,
): Promise<Seen> {
  const { rows } = await client.query<Seen>(
    `with page as materialized (
       select key, version from inbox_gate where consumer_group = $2 and key > $3 order by key limit $4
     ), lacking as (
       insert into projection_laggard (generation, key, wanted)
       select $5, key, version from page
       where version > coalesce(
         (select version from inbox_gate ours where ours.consumer_group = $1 and ours.key = page.key), 0)
       order by key
       on conflict (generation, key) do update set wanted = greatest(projection_laggard.wanted, excluded.wanted)
     )
     select count(*)::integer as keys, max(key) as last from page`,
    [ours, theirs, after, size, generation],
  );
  return rows[0] ?? { keys: 0, last: null };
}

/** Uses pk_projection_generation. */
export async function noteCompared(
  client: ClientBase,
  generation: number,
  { upTo, state }: { readonly upTo: string; readonly state: Exclude<Comparison, 'not begun'> },
): Promise<void> {
  await client.query(
    `update projection_generation
     set compared_up_to = $2, compared_at = case when $3 = 'whole' then clock_timestamp() end
     where generation = $1`,
    [generation, upTo, state],
  );
}

/**
 * Forgets those of a page's keys that have caught up: a gate never goes back, so that is settled. Leaves keys that are
 * just being wanted anew. Uses pk_projection_laggard and pk_inbox_gate.
 */
export async function settleLaggards(
  client: ClientBase | Pool,
  { ours, generation }: Rebuild,
  { after, size }: Page,
): Promise<Seen> {
  const { rows } = await client.query<Seen>(
    `with page as materialized (
       select key, wanted from projection_laggard where generation = $4 and key > $2 order by key limit $3
     ), settled as (
       delete from projection_laggard where generation = $4 and key = any (array(
         select laggard.key from projection_laggard laggard join page on page.key = laggard.key
         where laggard.generation = $4 and laggard.wanted <= (
           select version from inbox_gate gate where gate.consumer_group = $1 and gate.key = laggard.key)
         for update of laggard skip locked
       ))
     )
     select count(*)::integer as keys, max(key) as last from page`,
    [ours, after, size, generation],
  );
  return rows[0] ?? { keys: 0, last: null };
}

/** Up to a limit, so that it costs the same however many there are. Uses pk_projection_laggard. */
export async function countLaggards(
  client: ClientBase | Pool,
  generation: number,
  atMost: number,
): Promise<number> {
  const { rows } = await client.query<{ readonly n: number }>(
    'select count(*)::integer as n from (select from projection_laggard where generation = $1 limit $2) counted',
    [generation, atMost],
  );
  return rows[0]?.n ?? 0;
}

/** A key of which the rebuild has not applied what serves has. */
export interface Laggard {
  readonly key: string;
  /** Everything up to it is applied. */
  readonly version: number;
  /** What the other has applied. */
  readonly wanted: number;
  /** Why it stands still; null while it goes on. */
  readonly stopReason: 'poison' | 'diverged' | null;
}

/** The first of them in their order. Uses pk_projection_laggard and pk_inbox_gate. */
export async function readLaggards(
  pool: Pool,
  { ours, generation }: Rebuild,
  atMost: number,
): Promise<readonly Laggard[]> {
  const { rows } = await pool.query<Laggard>(
    `select laggard.key, coalesce(gate.version, 0) as version, laggard.wanted, gate.stop_reason as "stopReason"
     from (select key, wanted from projection_laggard where generation = $3 order by key limit $2) laggard
     left join lateral (
       select version, stop_reason from inbox_gate where consumer_group = $1 and key = laggard.key offset 0
     ) gate on true
     where laggard.wanted > coalesce(gate.version, 0)
     order by laggard.key`,
    [ours, atMost, generation],
  );
  return rows;
}
