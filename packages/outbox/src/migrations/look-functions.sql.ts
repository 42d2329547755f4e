import { type OutboxRoles, revokeBesides } from './roles.ts';

/**
 * What looking at the outbox needs beside its tables: why the relay holds a lane back, which it alone knows, and facts
 * about the server that a plain role may not read.
 */
export const createLook = `
alter table outbox_relay
  add column backing_off jsonb not null default '[]',
  add column host_clock  timestamptz;
comment on column outbox_relay.backing_off is 'lanes that this relay waits with, and why: what its newest heartbeat said';
comment on column outbox_relay.host_clock is 'the relay''s own clock at its heartbeat, for the skew; nothing decides by it';

create view ops_outbox_event as
  select lane, seq, topic, key, version, type, created_at, headers,
         sha256(convert_to(payload, 'UTF8')) as payload_sha256
  from outbox;
comment on view ops_outbox_event is 'events without their contents; the digest tells whether Kafka holds the same bytes';

create function outbox_open_transactions(older_than interval, out sees_all boolean, out transactions jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
  select pg_has_role(current_user, 'pg_read_all_stats', 'usage'),
         coalesce(jsonb_agg(jsonb_build_object('pid', open.pid, 'application', open.application, 'user', open.usename,
                                               'state', open.state, 'age_ms', open.age_ms) order by open.age_ms desc), '[]')
  from (
    select a.pid, coalesce(a.application_name, '') as application, coalesce(a.usename, '') as usename,
           coalesce(a.state, '') as state,
           floor(extract(epoch from clock_timestamp() - a.xact_start) * 1000)::bigint as age_ms
    from pg_stat_activity a
    where a.datname = current_database() and a.backend_type = 'client backend'
      and a.xact_start < clock_timestamp() - older_than
    union all
    select null, p.gid, p.owner, 'prepared',
           floor(extract(epoch from clock_timestamp() - p.prepared) * 1000)::bigint
    from pg_prepared_xacts p
    where p.database = current_database() and p.prepared < clock_timestamp() - older_than
  ) open
$$;

create function outbox_default_partition_use()
returns table (parent text, found_rows integer, days date[])
language sql stable security definer set search_path = public, pg_temp as $$
  select 'outbox', count(*)::integer, array_agg(distinct (o.created_at at time zone 'UTC')::date)
  from (select created_at from outbox_default limit 1000) o having count(*) > 0
  union all
  select 'outbox_progress', count(*)::integer, array_agg(distinct (p.published_at at time zone 'UTC')::date)
  from (select published_at from outbox_progress_default limit 1000) p having count(*) > 0
$$;

create function outbox_data_directory() returns text
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return current_setting('data_directory');
exception when insufficient_privilege then
  return null;
end $$;

revoke execute on function outbox_open_transactions(interval), outbox_default_partition_use(), outbox_data_directory()
  from public;
`;

export const dropLook = `
drop function outbox_data_directory();
drop function outbox_default_partition_use();
drop function outbox_open_transactions(interval);
drop view ops_outbox_event;
alter table outbox_relay drop column host_clock, drop column backing_off;
`;

/** Columns that hold no contents. Upkeep looks too: `reconcile` and the checks run there every night. */
const events = 'lane, xid, seq, topic, key, version, type, created_at';
const parked =
  'lane, seq, topic, key, version, type, created_at, reason, detail, attempts, parked_at, next_attempt_at, wish';
const tables =
  'outbox_progress, outbox_lane, outbox_relay, outbox_source, outbox_replay, outbox_log_loss, ops_outbox_event';
const functions =
  'outbox_open_transactions(interval), outbox_default_partition_use(), outbox_data_directory()';

export function lookGrants({ ops, jobs }: OutboxRoles): string {
  return `
grant select (${events}) on outbox to ${ops}, ${jobs};
grant select (${parked}) on outbox_parked to ${ops}, ${jobs};
grant select on ${tables} to ${ops}, ${jobs};
grant execute on function ${functions} to ${ops}, ${jobs};
`;
}

/** Not what an earlier migration granted: operators read the progress, lanes, relays, source, replays and losses anyway. */
export function revokeLookGrants({ ops, jobs, relay }: OutboxRoles): string {
  return `
revoke select (${events}) on outbox from ${ops}, ${jobs};
revoke select (${parked}) on outbox_parked from ${ops}, ${jobs};
${revokeBesides(relay, 'select on outbox_progress, outbox_lane, outbox_relay, outbox_source, outbox_replay, outbox_log_loss', [jobs])}
`;
}
