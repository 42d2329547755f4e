/**
 * What keeps a key's events in their order when one of them cannot be applied. The dead letter in this database is the
 * truth, the message in the dead-letter topic a copy of it: it is written after the row, as often as it takes until
 * Kafka has acknowledged it (`copied_at`), so a crash may repeat the copy and never loses it.
 */
export const addDeadLetters = `
alter table inbox_gate
  add column stopped_version integer,
  add column stop_reason text,
  add constraint ck_inbox_gate_stop_reason check (
    (stopped_version is null) = (stop_reason is null) and stop_reason in ('poison', 'diverged')
  );
create index ix_inbox_gate_stopped on inbox_gate (consumer_group, key) where stopped_version is not null;
comment on index ix_inbox_gate_stopped is 'status: which keys of a group stand still';

alter table inbox_early
  drop constraint ck_inbox_early_version,
  add constraint ck_inbox_early_version check (version > 0),
  alter column payload type bytea using convert_to(payload, 'UTF8'),
  alter column payload drop not null,
  add column kafka_partition integer not null default 0,
  add column kafka_offset bigint not null default 0,
  add column event_key text;
create index ix_inbox_early_received_at on inbox_early (consumer_group, received_at);
comment on index ix_inbox_early_received_at is 'status: the gaps that are open for the longest';

create table inbox_dead_letter (
  id bigint generated always as identity,
  consumer_group text not null,
  topic text not null,
  kafka_partition integer not null,
  kafka_offset bigint not null,
  message_hash bytea not null,
  message_key text not null,
  gate_key text,
  key text,
  version integer,
  epoch integer,
  payload bytea,
  headers json not null,
  reason text not null,
  detail text not null,
  attempts integer not null,
  state text not null default 'waiting',
  wish text,
  dead_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  copying_until timestamptz,
  copied_at timestamptz,
  constraint pk_inbox_dead_letter primary key (id),
  constraint uq_inbox_dead_letter_message
    unique (consumer_group, topic, kafka_partition, kafka_offset, message_hash),
  constraint ck_inbox_dead_letter_state check (state in ('waiting', 'redriven', 'discarded')),
  constraint ck_inbox_dead_letter_resolved_at check ((state = 'waiting') = (resolved_at is null)),
  constraint ck_inbox_dead_letter_wish check (
    wish is null or (wish in ('redrive', 'discard') and state = 'waiting')
  ),
  constraint ck_inbox_dead_letter_attempts check (attempts >= 0),
  constraint ck_inbox_dead_letter_identity check (
    num_nulls(gate_key, key, version, epoch) in (0, 4) and version > 0 and epoch >= 0
  )
);
comment on index pk_inbox_dead_letter is 'one dead letter, by its number';
comment on index uq_inbox_dead_letter_message is 'a message that comes again is no second dead letter';
create index ix_inbox_dead_letter_waiting on inbox_dead_letter (consumer_group, id) where state = 'waiting';
comment on index ix_inbox_dead_letter_waiting is 'lists and counts of what waits for somebody, and the wishes among it';
create index ix_inbox_dead_letter_uncopied on inbox_dead_letter (consumer_group, id) where copied_at is null;
comment on index ix_inbox_dead_letter_uncopied is 'copies for the dead-letter topic that Kafka has not acknowledged';

create table inbox_audit (
  id bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  dead_letter_id bigint not null,
  action text not null,
  actor text not null,
  reason text not null,
  constraint pk_inbox_audit primary key (id),
  constraint fk_inbox_audit_dead_letter_id foreign key (dead_letter_id) references inbox_dead_letter (id)
);
comment on index pk_inbox_audit is 'in the order of what happened';
create index ix_inbox_audit_dead_letter_id on inbox_audit (dead_letter_id, id);
comment on index ix_inbox_audit_dead_letter_id is 'what was done to one dead letter';

create function inbox_wish(dead_letter bigint, wanted text, wished_by text, because text) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if coalesce(trim(wished_by), '') = '' or coalesce(trim(because), '') = '' then
    raise exception 'a wish needs who and why' using errcode = '22023';
  end if;
  update inbox_dead_letter set wish = wanted where id = dead_letter and state = 'waiting';
  if not found then return false; end if;
  insert into inbox_audit (dead_letter_id, action, actor, reason)
  values (dead_letter, wanted || ' wished', wished_by, because);
  return true;
end $$;
revoke execute on function inbox_wish(bigint, text, text, text) from public;
`;

export const removeDeadLetters = `
drop function inbox_wish(bigint, text, text, text);
drop table inbox_audit;
drop table inbox_dead_letter;
drop index ix_inbox_early_received_at;
alter table inbox_early
  drop column event_key,
  drop column kafka_offset,
  drop column kafka_partition,
  alter column payload type text using convert_from(coalesce(payload, ''), 'UTF8'),
  alter column payload set not null,
  drop constraint ck_inbox_early_version,
  add constraint ck_inbox_early_version check (version > 1);
drop index ix_inbox_gate_stopped;
alter table inbox_gate
  drop constraint ck_inbox_gate_stop_reason,
  drop column stop_reason,
  drop column stopped_version;
`;
