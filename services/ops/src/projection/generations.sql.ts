import type { Queryable } from '@waybill/outbox/operations';

/** A counting of all events by the projection. Times in ISO 8601. */
export interface Generation {
  readonly generation: number;
  readonly state: 'building' | 'active' | 'retired';
  readonly messagesLeft: number | null;
  /** Why a rebuild that has read everything does not serve yet, and what to do; null while it is under way. */
  readonly waitsFor: string | null;
  readonly startedAt: string;
  readonly switchedAt: string | null;
  readonly actor: string;
  readonly reason: string;
}

/** All of them, oldest first: a row per rebuild. */
export async function readGenerations(database: Queryable): Promise<readonly Generation[]> {
  const { rows } = await database.query<Generation>({
    text: `select generation, state, messages_left::float8 as "messagesLeft", waits_for as "waitsFor", actor, reason,
       to_json(started_at) #>> '{}' as "startedAt", to_json(switched_at) #>> '{}' as "switchedAt"
     from ops_projection_generations order by generation`,
    values: [],
  });
  return rows;
}

/** Asks for a rebuild, audited. @returns its number; that of the one under way, if there is one */
export async function askForRebuild(database: Queryable, actor: string, reason: string): Promise<number> {
  const { rows } = await database.query<{ readonly n: number }>({
    text: 'select projection_rebuild($1, $2) as n',
    values: [actor, reason],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('projection_rebuild answered nothing');
  return row.n;
}
