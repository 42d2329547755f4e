import type { Queryable } from '../relay/relay-database.ts';
import type { Mandate } from './pausing.sql.ts';

/** Which cluster the events come from, and since when versions of it may diverge from what was published before. */
export interface SourceState {
  /** In each event's `ce_epoch`. */
  readonly epoch: number;
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** Why the epoch is what it is. */
  readonly reason: string;
  readonly changedAt: Date;
}

export async function readSource(database: Queryable): Promise<SourceState> {
  const { rows } = await database.query<{
    epoch: number;
    system_identifier: string;
    timeline: number;
    reason: string;
    changed_at: Date;
  }>({
    text: 'select epoch, system_identifier, timeline, reason, changed_at from outbox_source',
    values: [],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('outbox_source has no row');
  return {
    epoch: row.epoch,
    systemIdentifier: row.system_identifier,
    timeline: row.timeline,
    reason: row.reason,
    changedAt: row.changed_at,
  };
}

/** After a restore that no identifier shows: consumers learn from the epoch that versions may diverge. */
export async function raiseEpoch(database: Queryable, { actor, reason }: Mandate): Promise<number> {
  const { rows } = await database.query<{ epoch: number }>({
    text: 'select outbox_raise_epoch($1, $2) as epoch',
    values: [actor, reason],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('outbox_raise_epoch() answered no row');
  return row.epoch;
}
