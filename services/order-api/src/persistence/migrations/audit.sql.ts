/**
 * The version that the change made and the request that asked for it. Rows from before this have neither.
 *
 * Append-only: nobody but the owner has more than INSERT or SELECT. The API writes and may not look; operators look
 * through a view and may not write.
 */
export const completeAuditLog = `
alter table audit_log
  add column row_version integer,
  add column request_id text,
  add constraint ck_audit_log_row_version_positive check (row_version >= 1),
  add constraint ck_audit_log_request_id_length check (length(request_id) between 1 and 64);
create index ix_audit_log_at on audit_log using brin (at) with (autosummarize = on);
comment on index ix_audit_log_at is 'waybill audit --since: what was done lately, at next to no cost for who writes';
grant insert (row_version, request_id) on audit_log to waybill_api;

create view ops_audit_log as
  select id, at, actor, action, table_name, row_id, row_version, request_id
  from audit_log;
comment on view ops_audit_log is 'who changed which row, when and in which request; subjects and ids, no personal data';
grant select on ops_audit_log to waybill_ops;
`;

export const reduceAuditLog = `
drop view ops_audit_log;
drop index ix_audit_log_at;
alter table audit_log drop column request_id, drop column row_version;
`;
