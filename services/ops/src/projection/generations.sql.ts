import type { Queryable } from '@waybill/outbox/operations';
import { OperatorError } from '../operator-error.ts';

/** A counting of all events by the projection. Times in ISO 8601. */
export interface Generation {
  readonly generation: number;
  readonly state: 'building' | 'active' | 'retired';
  /** Of a rebuild, as all members have noted it; null otherwise. */
  readonly messagesLeft: number | null;
  /** How far a rebuild's orders are compared with those of what serves; null otherwise. */
  readonly comparison: 'not begun' | 'under way' | 'whole' | null;
  /** Orders known to lack an event that what serves has, up to 10,000; null unless it is a rebuild. */
  readonly keysBehind: number | null;
  /** Why a rebuild that has read everything does not serve yet, and what to do; null while it is under way. */
  readonly waitsFor: string | null;
  readonly startedAt: string;
  readonly switchedAt: string | null;
  readonly actor: string;
  readonly reason: string;
  /** When it was given up, by whom and why; null unless somebody has. */
  readonly cancelledAt: string | null;
  readonly cancelledBy: string | null;
  readonly cancelledBecause: string | null;
}

/** All of them, oldest first: a row per rebuild. */
export async function readGenerations(database: Queryable): Promise<readonly Generation[]> {
  const { rows } = await database.query<Generation>({
    text: `select generation, state, messages_left::float8 as "messagesLeft", waits_for as "waitsFor", actor, reason,
       comparison, keys_behind::float8 as "keysBehind", cancelled_by as "cancelledBy",
       cancelled_because as "cancelledBecause", to_json(cancelled_at) #>> '{}' as "cancelledAt",
       to_json(started_at) #>> '{}' as "startedAt", to_json(switched_at) #>> '{}' as "switchedAt"
     from ops_projection_generations order by generation`,
    values: [],
  });
  return rows;
}

/** Asks for a rebuild, audited. @returns its number; that of the one under way, if there is one */
export async function askForRebuild(database: Queryable, actor: string, reason: string): Promise<number> {
  const { rows } = await database.query<{ readonly n: number | null }>({
    text: 'select projection_rebuild($1, $2) as n',
    values: [actor, reason],
  });
  const number = rows[0]?.n ?? undefined;
  if (number === undefined)
    throw new OperatorError('The rebuild was given up by somebody at this moment: ask again.');
  return number;
}

/** Gives up a rebuild, noted with who and why. @returns false when it is not under way (any more) */
export async function cancelRebuild(
  database: Queryable,
  generation: number,
  actor: string,
  reason: string,
): Promise<boolean> {
  const { rows } = await database.query<{ readonly done: boolean }>({
    text: 'select projection_cancel($1, $2, $3) as done',
    values: [generation, actor, reason],
  });
  return rows[0]?.done === true;
}
