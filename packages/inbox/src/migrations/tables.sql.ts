/**
 * The gate of a key is inserted at version 0, so that there is a row to lock before anything was applied, and
 * remembers the payload of the last version only.
 */
export const createTables = `
create table inbox_gate (
  consumer_group text not null,
  key text not null,
  version integer not null default 0,
  epoch integer not null default 0,
  payload_hash bytea,
  applied_at timestamptz not null default clock_timestamp(),
  constraint pk_inbox_gate primary key (consumer_group, key),
  constraint ck_inbox_gate_version check (version >= 0),
  constraint ck_inbox_gate_epoch check (epoch >= 0),
  constraint ck_inbox_gate_payload_hash check ((version = 0) = (payload_hash is null))
);
comment on index pk_inbox_gate is 'every statement on gates: one group, the keys of one batch';

create table inbox_early (
  consumer_group text not null,
  key text not null,
  version integer not null,
  epoch integer not null,
  topic text not null,
  payload text not null,
  headers json not null,
  received_at timestamptz not null default clock_timestamp(),
  constraint pk_inbox_early primary key (consumer_group, key, version),
  constraint fk_inbox_early_consumer_group_key foreign key (consumer_group, key)
    references inbox_gate (consumer_group, key),
  constraint ck_inbox_early_version check (version > 1),
  constraint ck_inbox_early_epoch check (epoch >= 0)
);
comment on index pk_inbox_early is 'early events of the keys of one batch, and their removal when they had their turn';
`;

export const dropTables = `
drop table inbox_early;
drop table inbox_gate;
`;
