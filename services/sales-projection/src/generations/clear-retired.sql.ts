import type { Pool } from 'pg';

/** What is to be cleared, and rows at most. */
export interface Remains {
  readonly generation: number;
  /** Its consumer group. */
  readonly group: string;
  readonly atMost: number;
}

/** Generations that serve no more: a row per rebuild. */
export async function readRetired(pool: Pool): Promise<readonly number[]> {
  const { rows } = await pool.query<{ readonly generation: number }>(
    `select generation from projection_generation where state = 'retired' order by generation`,
  );
  return rows.map(({ generation }) => generation);
}

/** Whatever the caller believes: only what is retired is cleared. $2 is the generation. */
const isRetired = `exists (select from projection_generation where generation = $2 and state = 'retired')`;

/** Removes totals. Uses pk_buyer_totals. @returns how many */
export async function clearTotals(pool: Pool, { generation, atMost }: Remains): Promise<number> {
  return await deleteSome(pool, 'buyer_totals', 'generation = $2', [atMost, generation]);
}

/** Removes early events. Uses pk_inbox_early. @returns how many */
export async function clearEarly(pool: Pool, { group, generation, atMost }: Remains): Promise<number> {
  return await deleteSome(pool, 'inbox_early', 'consumer_group = $3', [atMost, generation, group]);
}

/** Removes gates. Uses pk_inbox_gate. @returns how many */
export async function clearGates(pool: Pool, { group, generation, atMost }: Remains): Promise<number> {
  return await deleteSome(pool, 'inbox_gate', 'consumer_group = $3', [atMost, generation, group]);
}

/** Removes what a rebuild that was given up had found that it lacks. Uses pk_projection_laggard. @returns how many */
export async function clearLaggards(pool: Pool, { generation, atMost }: Remains): Promise<number> {
  return await deleteSome(pool, 'projection_laggard', 'generation = $2', [atMost, generation]);
}

/** Removes how far it was. Uses pk_projection_progress. @returns how many */
export async function clearProgress(pool: Pool, { generation, atMost }: Remains): Promise<number> {
  return await deleteSome(pool, 'projection_progress', 'generation = $2', [atMost, generation]);
}

/** @param values $1 rows at most, $2 the generation, and what else `whose` names */
async function deleteSome(
  pool: Pool,
  table: 'buyer_totals' | 'inbox_early' | 'inbox_gate' | 'projection_laggard' | 'projection_progress',
  whose: 'generation = $2' | 'consumer_group = $3',
  values: readonly unknown[],
): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from ${table} where ctid = any (array(
       select ctid from ${table} where ${whose} limit $1
     )) and ${isRetired}`,
    [...values],
  );
  return rowCount ?? 0;
}

/** Closes dead letters that nobody will carry out a wish for, audited. Uses ix_inbox_dead_letter_waiting. @returns how many */
export async function closeLetters(pool: Pool, { group, generation, atMost }: Remains): Promise<number> {
  const { rowCount } = await pool.query(
    `with closed as (
       update inbox_dead_letter set state = 'discarded', wish = null, resolved_at = clock_timestamp()
       where id = any (array(
         select id from inbox_dead_letter where consumer_group = $3 and state = 'waiting'
         order by id limit $1
       )) and ${isRetired}
       returning id
     )
     insert into inbox_audit (dead_letter_id, action, actor, reason)
     select id, 'discarded', 'consumer ' || $3, 'its generation is retired' from closed`,
    [atMost, generation, group],
  );
  return rowCount ?? 0;
}
