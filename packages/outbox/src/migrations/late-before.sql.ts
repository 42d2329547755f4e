import { backlogFunction, type LateBound, unbounded } from './backlog.sql.ts';
import { laneStates } from './lane-states.sql.ts';

export const lateBefore: LateBound = {
  ...unbounded,
  stored: ', p.late_before::text',
  column: ', late_before xid8',
  holds: `and o.xid <= coalesce(cursor.late_before, '18446744073709551615')`,
};

/**
 * The first transaction id that no late row of a lane can have: that of the transaction which first stored the lane's
 * position (`BoundedCursor` says why). The relay's read and the backlog look no further; after an outage that spares
 * them everything that came meanwhile.
 *
 * A position that is stored already gets none, and is bounded by the next grant of its lane: the migration's transaction
 * may have its id from an earlier migration, long before the relays' last advance. Relays of an earlier version get the
 * default.
 *
 * Nothing is rewritten. Gives up after 5 s in which somebody else holds the table.
 */
export const keepLateBefore = `
set local lock_timeout = '5s';
alter table outbox_progress add column late_before xid8;
alter table outbox_progress alter column late_before set default pg_current_xact_id();
${laneStates('create or replace function', `'late_before', p.late_before::text, `)}
${backlogFunction('create or replace function', lateBefore)}`;

export const dropLateBefore = `
set local lock_timeout = '5s';
${backlogFunction('create or replace function', unbounded)}
${laneStates('create or replace function', '')}
alter table outbox_progress drop column late_before;`;
