import type { ClientBase } from 'pg';

/** $1 is a generation. Locks in memory only: nothing is written for them. */
const countingOf = `hashtextextended('projection_counting', $1::integer)`;

/**
 * Until its transaction ends, a batch of a generation is being counted. Batches do not hinder each other; whoever
 * compares or switches waits until they have ended, and they wait for that.
 */
export async function holdCounting(client: ClientBase, generation: number): Promise<void> {
  await client.query(`select pg_advisory_xact_lock_shared(${countingOf})`, [generation]);
}

/** Nothing is counted for a generation from now on until the transaction ends, and all that was is committed. */
export async function stopCounting(client: ClientBase, generation: number): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${countingOf})`, [generation]);
}

/**
 * Wants of the rebuild what the generation that serves counts now, once the comparison has begun; otherwise does
 * nothing. Call after {@link holdCounting}, in a statement of its own: a snapshot taken before the lock may not know
 * that the comparison has begun. In key order, as the comparison goes. Uses uq_projection_generation_state and
 * pk_projection_laggard.
 */
export async function noteCounted(
  client: ClientBase,
  generation: number,
  events: readonly { readonly key: string; readonly version: number }[],
): Promise<void> {
  await client.query(
    `insert into projection_laggard (generation, key, wanted)
     select building.generation, key, max(version)
     from projection_generation building, unnest($2::text[], $3::integer[]) event (key, version)
     where building.state = 'building' and building.compared_up_to is not null
       and exists (select from projection_generation where state = 'active' and generation = $1)
     group by building.generation, key order by key
     on conflict (generation, key) do update set wanted = greatest(projection_laggard.wanted, excluded.wanted)`,
    [generation, events.map(({ key }) => key), events.map(({ version }) => version)],
  );
}
