import type { ClientBase, Pool } from 'pg';

/** A counting of all events. One is active and serves; at most one is being built. */
export interface Generation {
  readonly generation: number;
  readonly state: 'building' | 'active';
}

/** The generations that are to be counted. Uses uq_projection_generation_state. */
export async function readGenerations(pool: Pool): Promise<readonly Generation[]> {
  const { rows } = await pool.query<Generation>(
    `select generation, state from projection_generation where state <> 'retired' order by generation`,
  );
  return rows;
}

/** Notes how far a generation is. Uses pk_projection_generation. */
export async function noteProgress(pool: Pool, generation: number, messagesLeft: number): Promise<void> {
  await pool.query(
    `update projection_generation set messages_left = $2, measured_at = clock_timestamp()
     where generation = $1 and state = 'building'`,
    [generation, messagesLeft],
  );
}

/** Locks both generations, in the order of their numbers. @returns those that are not retired */
export async function lockGenerations(client: ClientBase): Promise<readonly Generation[]> {
  const { rows } = await client.query<Generation>(
    `select generation, state from projection_generation where state <> 'retired' order by generation for update`,
  );
  return rows;
}

/**
 * Whether one group has applied at least what another has, key by key. Reads all gates of both groups by pk_inbox_gate:
 * seconds for millions.
 */
export async function hasCaughtUp(client: ClientBase, group: string, other: string): Promise<boolean> {
  const { rows } = await client.query(
    `select from inbox_gate theirs
     left join inbox_gate ours on ours.consumer_group = $1 and ours.key = theirs.key
     where theirs.consumer_group = $2 and theirs.version > coalesce(ours.version, 0) limit 1`,
    [group, other],
  );
  return rows.length === 0;
}

/** Ends a generation. Uses pk_projection_generation. */
export async function retireGeneration(client: ClientBase, generation: number): Promise<void> {
  await client.query(`update projection_generation set state = 'retired' where generation = $1`, [
    generation,
  ]);
}

/** Lets a generation serve; no other may be active. Uses pk_projection_generation. */
export async function activateGeneration(client: ClientBase, generation: number): Promise<void> {
  await client.query(
    `update projection_generation set state = 'active', switched_at = clock_timestamp(), messages_left = 0
     where generation = $1`,
    [generation],
  );
}

/** Removes a generation's totals, a row per buyer and currency. Uses pk_buyer_totals. */
export async function forgetTotals(client: ClientBase, generation: number): Promise<void> {
  await client.query('delete from buyer_totals where generation = $1', [generation]);
}
