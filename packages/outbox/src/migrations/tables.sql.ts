/** Section by section: what writers append, what the relay appends, what is rewritten rarely. */
export const createTables = `
create table outbox (
  lane       smallint    not null,
  xid        xid8        not null default pg_current_xact_id(),
  seq        bigint      not null generated always as identity (cache 1),
  topic      text        not null,
  key        text        not null,
  version    integer     not null,
  type       text        not null,
  payload    text        not null,
  headers    jsonb       not null,
  created_at timestamptz not null default now(),
  constraint ck_outbox_key_bytes check (octet_length(key) between 1 and 255),
  constraint ck_outbox_version_positive check (version >= 1)
) partition by range (created_at);

create index ix_outbox_lane_seq on outbox (lane, seq);
comment on index ix_outbox_lane_seq is 'the relay''s read: rows beyond a lane''s position, in order';
create index ix_outbox_lane_xid_seq on outbox (lane, xid, seq);
comment on index ix_outbox_lane_xid_seq is 'the relay''s read: rows that committed behind a lane''s position';
create index ix_outbox_key_seq on outbox (key, seq);
comment on index ix_outbox_key_seq is 'outbox_delivery(key): the events of one aggregate';

create table outbox_default partition of outbox default;

create table outbox_progress (
  lane           smallint    not null,
  id             bigint      not null generated always as identity (cache 1),
  position       bigint      not null,
  snapshot       pg_snapshot not null,
  floor          bigint      not null,
  late_after     bigint,
  late_until     pg_snapshot,
  log_generation integer     not null,
  base_offset    bigint,
  first_seq      bigint,
  last_seq       bigint,
  seqs           bigint[],
  published_at   timestamptz not null default clock_timestamp(),
  constraint ck_outbox_progress_drain check ((late_after is null) = (late_until is null)),
  constraint ck_outbox_progress_receipt check (
    num_nulls(base_offset, first_seq, last_seq, seqs) = 4
    or num_nulls(base_offset, first_seq, last_seq, seqs) = 0
      and cardinality(seqs) > 0 and seqs[1] = first_seq and seqs[cardinality(seqs)] = last_seq
  )
) partition by range (published_at);

create index ix_outbox_progress_lane_id on outbox_progress (lane, id desc);
comment on index ix_outbox_progress_lane_id is 'the newest progress of a lane, read at each grant';
create index ix_outbox_progress_lane_last_seq on outbox_progress (lane, last_seq);
comment on index ix_outbox_progress_lane_last_seq is 'outbox_delivery(key): the receipt that holds a seq';

create table outbox_progress_default partition of outbox_progress default;

create table outbox_relay (
  relay_id    uuid        not null,
  host        text        not null,
  heartbeat   timestamptz not null,
  lease_until timestamptz not null,
  constraint pk_outbox_relay primary key (relay_id)
);

create table outbox_lane (
  lane        smallint not null,
  topic       text     not null,
  partition   integer  not null,
  owner       uuid,
  lease_epoch bigint   not null default 0,
  paused      boolean  not null default false,
  checkpoint  jsonb,
  constraint pk_outbox_lane primary key (lane),
  constraint uq_outbox_lane_topic_partition unique (topic, partition),
  constraint ck_outbox_lane_partition check (partition >= 0)
);

create table outbox_parked (
  lane            smallint    not null,
  seq             bigint      not null,
  topic           text        not null,
  key             text        not null,
  version         integer     not null,
  type            text        not null,
  payload         text        not null,
  headers         jsonb       not null,
  created_at      timestamptz not null,
  reason          text        not null,
  attempts        integer     not null,
  parked_at       timestamptz not null default clock_timestamp(),
  next_attempt_at timestamptz,
  wish            text,
  constraint pk_outbox_parked primary key (lane, seq),
  constraint ck_outbox_parked_wish check (wish in ('redrive', 'discard'))
);

create table outbox_source (
  only_row          boolean     not null default true,
  epoch             integer     not null,
  system_identifier text        not null,
  timeline          integer     not null,
  reason            text        not null,
  changed_at        timestamptz not null default clock_timestamp(),
  constraint pk_outbox_source primary key (only_row),
  constraint ck_outbox_source_only_row check (only_row),
  constraint ck_outbox_source_epoch check (epoch >= 1)
);
`;

export const dropTables = `
drop table outbox_source, outbox_parked, outbox_lane, outbox_relay, outbox_progress, outbox;
`;
