/** What was answered to whom, and who did what: kept beside the orders, read by nobody on the write path but keys. */
export const createRequestRecords = `
create table idempotency_keys (
  principal    text           not null,
  route        text           not null,
  key          text           not null,
  request_hash char(64)       not null,
  status       smallint       not null,
  headers      jsonb          not null,
  body         text           not null,
  expires_at   timestamptz(3) not null,
  constraint pk_idempotency_keys primary key (principal, route, key),
  constraint ck_idempotency_keys_success check (status between 200 and 299)
);
comment on index pk_idempotency_keys is 'the answers stored for the keys of a batch';
create index ix_idempotency_keys_expires_at on idempotency_keys (expires_at);
comment on index ix_idempotency_keys_expires_at is 'upkeep: keys that have expired';

create table audit_log (
  id         bigint         not null generated always as identity,
  at         timestamptz(3) not null default clock_timestamp(),
  actor      text           not null,
  action     text           not null,
  table_name text           not null,
  row_id     text           not null,
  details    jsonb          not null default '{}',
  constraint pk_audit_log primary key (id)
);
comment on index pk_audit_log is 'the log in the order in which it was written';
create index ix_audit_log_table_name_row_id on audit_log (table_name, row_id, id);
comment on index ix_audit_log_table_name_row_id is 'what happened to one row';
`;

export const dropRequestRecords = `
drop table audit_log, idempotency_keys;
`;
