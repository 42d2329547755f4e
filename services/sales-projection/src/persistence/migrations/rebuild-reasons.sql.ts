/**
 * A rebuild that cannot serve yet says why, and what to do about it, where operators look. A generation that is retired
 * is cleared bit by bit by whoever consumes.
 */
export const addRebuildReasons = `
alter table projection_generation add column waits_for text;

create or replace view ops_projection_generations as
  select generation, state, actor, reason, started_at, switched_at, messages_left, measured_at, waits_for
  from projection_generation;

grant delete on inbox_gate to waybill_sales;
grant select (dead_letter_id) on inbox_audit to waybill_sales;
`;

export const removeRebuildReasons = `
revoke select (dead_letter_id) on inbox_audit from waybill_sales;
revoke delete on inbox_gate from waybill_sales;
drop view ops_projection_generations;
create view ops_projection_generations as
  select generation, state, actor, reason, started_at, switched_at, messages_left, measured_at
  from projection_generation;
grant select on ops_projection_generations to waybill_ops;
alter table projection_generation drop column waits_for;
`;
