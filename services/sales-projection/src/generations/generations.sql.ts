import type { ClientBase, Pool } from 'pg';

/** A counting of all events. One is active and serves; at most one is being built. */
export interface Generation {
  readonly generation: number;
  readonly state: 'building' | 'active';
  /** Whether a comparison with what serves has begun. */
  readonly isCompared: boolean;
}

/** The numbers of the one that serves and of the one that is being built. */
export interface Pair {
  readonly active: number;
  readonly building: number;
}

/** The generations that are to be counted. Uses uq_projection_generation_state. */
export async function readGenerations(pool: Pool): Promise<readonly Generation[]> {
  const { rows } = await pool.query<Generation>(
    `select generation, state, compared_up_to is not null as "isCompared" from projection_generation where state <> 'retired' order by generation`,
  );
  return rows;
}

/** Messages of a partition that are not read yet. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  readonly lag: number;
}

/** Notes how far this member's partitions of a rebuild are. Uses pk_projection_progress. */
export async function noteProgress(
  pool: Pool,
  generation: number,
  partitions: readonly PartitionLag[],
): Promise<void> {
  await pool.query(
    `insert into projection_progress (generation, topic, kafka_partition, messages_left)
     select $1, topic, kafka_partition, messages_left
     from unnest($2::text[], $3::integer[], $4::bigint[]) lag (topic, kafka_partition, messages_left)
     where exists (select from projection_generation where generation = $1 and state = 'building')
     order by topic, kafka_partition
     on conflict (generation, topic, kafka_partition)
       do update set messages_left = excluded.messages_left
       where projection_progress.messages_left <> excluded.messages_left`,
    [
      generation,
      partitions.map(({ topic }) => topic),
      partitions.map(({ partition }) => partition),
      partitions.map(({ lag }) => lag),
    ],
  );
}

export interface Progress {
  readonly messagesLeft: number;
  readonly partitions: number;
}

/** Of all members' partitions, as each has last noted them. Uses pk_projection_progress. */
export async function readProgress(pool: Pool, generation: number): Promise<Progress> {
  const { rows } = await pool.query<Progress>(
    `select coalesce(sum(messages_left), 0)::float8 as "messagesLeft", count(*)::integer as partitions
     from projection_progress where generation = $1`,
    [generation],
  );
  return rows[0] ?? { messagesLeft: 0, partitions: 0 };
}

/** Locks both generations, in the order of their numbers. @returns those that are not retired */
export async function lockGenerations(
  client: ClientBase,
): Promise<readonly Omit<Generation, 'isCompared'>[]> {
  const { rows } = await client.query<Generation>(
    `select generation, state from projection_generation where state <> 'retired' order by generation for update`,
  );
  return rows;
}

/** Says what a generation waits for, or that it waits for nothing. Uses pk_projection_generation. */
export async function noteWaiting(
  pool: Pool,
  generation: number,
  waitsFor: string | undefined,
): Promise<void> {
  await pool.query(
    `update projection_generation set waits_for = $2
     where generation = $1 and state = 'building' and waits_for is distinct from $2`,
    [generation, waitsFor ?? null],
  );
}

/**
 * Wishes for a group's dead letters what was decided about the same events in another: what was discarded there is to
 * be discarded here. One about which anybody has said something here is left to them. Dead letters are few; theirs are
 * found by uq_inbox_dead_letter_message, ours by ix_inbox_dead_letter_waiting.
 *
 * @returns how many
 */
export async function repeatDiscards(
  pool: Pool,
  { group, other, actor }: { readonly group: string; readonly other: string; readonly actor: string },
): Promise<number> {
  const { rowCount } = await pool.query(
    `with repeated as (
       update inbox_dead_letter ours set wish = 'discard'
       where consumer_group = $1 and state = 'waiting' and wish is null
         and not exists (select from inbox_audit where dead_letter_id = ours.id)
         and exists (
           select from inbox_dead_letter theirs
           where theirs.consumer_group = $2 and theirs.state = 'discarded' and theirs.topic = ours.topic
             and theirs.message_key = ours.message_key and theirs.message_hash = ours.message_hash
             and theirs.version is not distinct from ours.version
         )
       returning id
     )
     insert into inbox_audit (dead_letter_id, action, actor, reason)
     select id, 'discard wished', $3, 'the generation that serves has discarded it' from repeated`,
    [group, other, actor],
  );
  return rowCount ?? 0;
}

/** Ends a generation. Uses pk_projection_generation. */
export async function retireGeneration(client: ClientBase, generation: number): Promise<void> {
  await client.query(
    `update projection_generation set state = 'retired', waits_for = null where generation = $1`,
    [generation],
  );
}

/** Lets a generation serve; no other may be active. Uses pk_projection_generation. */
export async function activateGeneration(client: ClientBase, generation: number): Promise<void> {
  await client.query(
    `update projection_generation set state = 'active', switched_at = clock_timestamp(), waits_for = null
     where generation = $1`,
    [generation],
  );
}
