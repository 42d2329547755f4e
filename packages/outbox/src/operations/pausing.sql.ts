import type { Queryable } from '../relay/relay-database.ts';
import { readDatabaseTime } from './database-time.sql.ts';

/** Who asks for an operation, and why: kept in outbox_audit. */
export interface Mandate {
  readonly actor: string;
  readonly reason: string;
}

/** What a pause or resume came to. `at` is the database's time once it was committed, as text, to be compared with heartbeats. */
export interface PauseChange {
  readonly lanes: readonly number[];
  readonly at: string;
}

async function changeWith(
  database: Queryable,
  name: 'outbox_pause' | 'outbox_resume',
  lanes: readonly number[],
  { actor, reason }: Mandate,
): Promise<PauseChange> {
  const changed = await database.query<{ lanes: number[] }>({
    text: `select ${name}($1::smallint[], $2, $3) as lanes`,
    values: [lanes, actor, reason],
  });
  // Not in the same statement: a heartbeat between that and its commit has not seen it.
  const at = await readDatabaseTime(database);
  return { lanes: changed.rows[0]?.lanes ?? [], at };
}

/**
 * @param database a connection or a pool, each statement of which commits by itself
 * @returns the lanes that were not paused before
 */
export async function pauseLanes(
  database: Queryable,
  lanes: readonly number[],
  mandate: Mandate,
): Promise<PauseChange> {
  return changeWith(database, 'outbox_pause', lanes, mandate);
}

/**
 * @param database a connection or a pool, each statement of which commits by itself
 * @returns the lanes that were paused before
 */
export async function resumeLanes(
  database: Queryable,
  lanes: readonly number[],
  mandate: Mandate,
): Promise<PauseChange> {
  return changeWith(database, 'outbox_resume', lanes, mandate);
}

/** A relay renews its lease and then reads what is paused: a heartbeat after the change means that it was seen. */
const UNAWARE = `
select l.lane from outbox_lane l
join outbox_relay r on r.relay_id = l.owner and r.lease_until > clock_timestamp()
where l.lane = any ($1::smallint[]) and r.heartbeat <= $2::timestamptz
order by l.lane`;

/**
 * @param at what was committed by then
 * @returns those of the lanes whose owner cannot have read it yet
 */
export async function findUnawareLanes(
  database: Queryable,
  lanes: readonly number[],
  at: PauseChange['at'],
): Promise<number[]> {
  const { rows } = await database.query<{ lane: number }>({ text: UNAWARE, values: [lanes, at] });
  return rows.map(({ lane }) => lane);
}
