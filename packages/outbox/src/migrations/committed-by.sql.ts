import { laneStates } from './lane-states.sql.ts';

/**
 * Which transaction stored a lane's progress. Whatever began after it took its seq when the position was visible to all,
 * so the relay's read need not look for late rows among it: after an outage that is everything that came meanwhile.
 *
 * Of what is stored already nothing is rewritten: a default that is not volatile is evaluated once, for all rows, and
 * the transaction of the migration comes after each of theirs (PostgreSQL manual, ALTER TABLE, Notes). Gives up after
 * 5 s in which somebody else holds a table.
 */
export const keepCommittedBy = `
set local lock_timeout = '5s';
alter table outbox_progress add column xid xid8 not null default pg_current_xact_id();
update outbox_lane set checkpoint = checkpoint || jsonb_build_object('committed_by', pg_current_xact_id()::text)
  where checkpoint is not null;
${laneStates('create or replace function', `'committed_by', p.xid::text, `)}`;

export const dropCommittedBy = `
${laneStates('create or replace function', '')}
update outbox_lane set checkpoint = checkpoint - 'committed_by' where checkpoint is not null;
alter table outbox_progress drop column xid;`;
