/**
 * What operating the relay needs beside the cursor: receipts that say what they are of, parked events in the order of
 * their key, replays, lost logs, and who asked for what.
 *
 * Receipts of fresh rows follow one another in seq order, so the first one that ends at or after a seq either holds it
 * or no fresh one does. All others (late rows, redrives, replays) are scattered and few; an inverted index finds them.
 */
export const createOperateTables = `
alter table outbox_progress
  add column kind text not null default 'fresh',
  add constraint ck_outbox_progress_kind check (kind in ('fresh', 'late', 'redrive', 'replay'));

update outbox_progress p set kind = 'late'
from (
  select lane, id, max(last_seq) over (partition by lane order by id rows between unbounded preceding and 1 preceding) as before
  from outbox_progress
) earlier
where earlier.lane = p.lane and earlier.id = p.id and p.first_seq <= earlier.before;

drop index ix_outbox_progress_lane_last_seq;
create index ix_outbox_progress_lane_last_seq on outbox_progress (lane, last_seq) where kind = 'fresh';
comment on index ix_outbox_progress_lane_last_seq is 'outbox_delivery(key): the receipt of a fresh row';
create index ix_outbox_progress_seqs on outbox_progress using gin (seqs) with (fastupdate = off) where kind <> 'fresh';
comment on index ix_outbox_progress_seqs is 'outbox_delivery(key): receipts of late, redriven and replayed rows';

alter table outbox_parked
  add column detail text not null default '',
  add constraint ck_outbox_parked_attempts check (attempts >= 0);
create index ix_outbox_parked_key_lane_seq on outbox_parked (key, lane, seq);
comment on index ix_outbox_parked_key_lane_seq is 'the relay''s redrive and outbox_delivery(key): a key''s parked events in order';
create index ix_outbox_parked_lane_next_attempt_at on outbox_parked (lane, next_attempt_at) where next_attempt_at is not null;
comment on index ix_outbox_parked_lane_next_attempt_at is 'the relay''s heartbeat: which lanes have something to try again';

create table outbox_replay (
  id           bigint      not null generated always as identity,
  lane         smallint    not null,
  from_seq     bigint      not null,
  to_seq       bigint      not null,
  key          text,
  created_from timestamptz,
  created_to   timestamptz,
  position     bigint      not null,
  sent         bigint      not null default 0,
  per_second   integer     not null,
  cause        text        not null,
  requested_by text        not null,
  reason       text        not null,
  requested_at timestamptz not null default clock_timestamp(),
  finished_at  timestamptz,
  cancelled_at timestamptz,
  constraint pk_outbox_replay primary key (id),
  constraint ck_outbox_replay_range check (from_seq <= to_seq),
  constraint ck_outbox_replay_per_second check (per_second between 1 and 100000),
  constraint ck_outbox_replay_cause check (cause in ('operator', 'lost log'))
);
create index ix_outbox_replay_lane_id on outbox_replay (lane, id) where finished_at is null and cancelled_at is null;
comment on index ix_outbox_replay_lane_id is 'the relay''s heartbeat: replays that are under way';

create table outbox_log_loss (
  lane           smallint    not null,
  log_generation integer     not null,
  base_offset    bigint      not null,
  lost_from      bigint      not null,
  lost_to        bigint      not null,
  noticed_at     timestamptz not null default clock_timestamp(),
  constraint pk_outbox_log_loss primary key (lane, log_generation),
  constraint ck_outbox_log_loss_range check (lost_from <= lost_to)
);

create table outbox_audit (
  id      bigint      not null generated always as identity,
  at      timestamptz not null default clock_timestamp(),
  actor   text        not null,
  action  text        not null,
  lane    smallint,
  topic   text,
  key     text,
  seq     bigint,
  version integer,
  reason  text        not null,
  details jsonb       not null default '{}',
  constraint pk_outbox_audit primary key (id)
);
create index ix_outbox_audit_at on outbox_audit (at);
comment on index ix_outbox_audit_at is 'operators: what was done lately';
`;

export const dropOperateTables = `
drop table outbox_audit, outbox_log_loss, outbox_replay;
drop index ix_outbox_parked_lane_next_attempt_at, ix_outbox_parked_key_lane_seq;
alter table outbox_parked drop constraint ck_outbox_parked_attempts, drop column detail;
drop index ix_outbox_progress_seqs, ix_outbox_progress_lane_last_seq;
create index ix_outbox_progress_lane_last_seq on outbox_progress (lane, last_seq);
comment on index ix_outbox_progress_lane_last_seq is 'outbox_delivery(key): the receipt that holds a seq';
alter table outbox_progress drop constraint ck_outbox_progress_kind, drop column kind;
`;
