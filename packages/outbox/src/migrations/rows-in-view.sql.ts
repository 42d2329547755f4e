import { backlogFunction } from './backlog.sql.ts';
import { lateBefore } from './late-before.sql.ts';
import { lookForUnpublishedInView, replaceUnpublishedLanes } from './unpublished-lanes.sql.ts';

/**
 * Looks for late rows pass by what no snapshot of this cluster can show. Behind the position, a transaction of a million
 * events that was open had each count of the backlog go through all of them; and after a dump was restored into a new
 * cluster, an old day was looked through whole before it went, the second time under the lock.
 */
export const lookAtRowsInView = `
${lookForUnpublishedInView}
${backlogFunction('create or replace function', {
  ...lateBefore,
  ended: ' and pg_visible_in_snapshot(open_then.xid, pg_current_snapshot())',
})}`;

export const lookAtAllRows = `
${replaceUnpublishedLanes}
${backlogFunction('create or replace function', lateBefore)}`;
