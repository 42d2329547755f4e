import type { OutboxRoles } from './roles.ts';

/**
 * What operators may ask for. They never touch a lane themselves: they leave a wish, and the lane's owner carries it
 * out in its loop. Each wish says who and why, and is kept.
 */
export const createOperateFunctions = `
create function outbox_require_reason(actor text, reason text) returns void
language plpgsql immutable set search_path = public, pg_temp as $$
begin
  if coalesce(btrim(actor), '') = '' or coalesce(btrim(reason), '') = '' then
    raise exception 'an operation on the outbox says who asks for it and why' using errcode = 'check_violation';
  end if;
end $$;

create function outbox_set_paused(lanes smallint[], pause boolean, actor text, reason text) returns smallint[]
language plpgsql set search_path = public, pg_temp as $$
declare
  changed smallint[];
begin
  perform outbox_require_reason(actor, reason);
  with wanted as (
    select l.lane from outbox_lane l where l.lane = any (lanes) and l.paused <> pause order by l.lane for no key update
  ), done as (
    update outbox_lane l set paused = pause from wanted where l.lane = wanted.lane returning l.lane, l.topic
  ), noted as (
    insert into outbox_audit (actor, action, lane, topic, reason)
    select outbox_set_paused.actor, case when pause then 'pause' else 'resume' end, done.lane, done.topic, outbox_set_paused.reason
    from done
  )
  select coalesce(array_agg(done.lane order by done.lane), '{}') into changed from done;
  return changed;
end $$;

create function outbox_pause(lanes smallint[], actor text, reason text) returns smallint[]
language sql security definer set search_path = public, pg_temp as $$
  select outbox_set_paused(lanes, true, actor, reason)
$$;

create function outbox_resume(lanes smallint[], actor text, reason text) returns smallint[]
language sql security definer set search_path = public, pg_temp as $$
  select outbox_set_paused(lanes, false, actor, reason)
$$;

create function outbox_wish(of_lane smallint, seqs bigint[], new_wish text, actor text, reason text) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changed integer;
begin
  perform outbox_require_reason(actor, reason);
  with done as (
    update outbox_parked p set wish = new_wish, next_attempt_at = clock_timestamp()
    where p.lane = of_lane and p.seq = any (seqs)
    returning p.lane, p.topic, p.key, p.seq, p.version
  ), noted as (
    insert into outbox_audit (actor, action, lane, topic, key, seq, version, reason)
    select outbox_wish.actor, new_wish, done.lane, done.topic, done.key, done.seq, done.version, outbox_wish.reason
    from done
  )
  select count(*) into changed from done;
  return changed;
end $$;

create function outbox_request_replay(
  of_lane smallint, first_seq bigint, last_seq bigint, only_key text, not_before timestamptz, not_after timestamptz,
  events_per_second integer, actor text, reason text
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  new_id bigint;
begin
  perform outbox_require_reason(actor, reason);
  if not exists (select from outbox_lane l where l.lane = of_lane) then
    raise exception 'outbox_request_replay: there is no lane %', of_lane using errcode = 'no_data_found';
  end if;
  insert into outbox_replay
    (lane, from_seq, to_seq, key, created_from, created_to, position, per_second, cause, requested_by, reason)
  values (of_lane, first_seq, last_seq, only_key, not_before, not_after, first_seq - 1, events_per_second, 'operator',
          actor, outbox_request_replay.reason)
  returning id into new_id;
  insert into outbox_audit (actor, action, lane, topic, key, reason, details)
  select outbox_request_replay.actor, 'replay', of_lane, l.topic, only_key, outbox_request_replay.reason,
         jsonb_build_object('id', new_id, 'from_seq', first_seq, 'to_seq', last_seq, 'per_second', events_per_second)
  from outbox_lane l where l.lane = of_lane;
  return new_id;
end $$;

create function outbox_cancel_replay(replay_id bigint, actor text, reason text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  found_lane smallint;
begin
  perform outbox_require_reason(actor, reason);
  update outbox_replay r set cancelled_at = clock_timestamp()
  where r.id = replay_id and r.finished_at is null and r.cancelled_at is null
  returning r.lane into found_lane;
  if found_lane is null then
    return false;
  end if;
  insert into outbox_audit (actor, action, lane, reason, details)
  values (outbox_cancel_replay.actor, 'cancel replay', found_lane, outbox_cancel_replay.reason,
          jsonb_build_object('id', replay_id));
  return true;
end $$;

revoke execute on function outbox_require_reason(text, text), outbox_set_paused(smallint[], boolean, text, text),
  outbox_pause(smallint[], text, text), outbox_resume(smallint[], text, text),
  outbox_wish(smallint, bigint[], text, text, text),
  outbox_request_replay(smallint, bigint, bigint, text, timestamptz, timestamptz, integer, text, text),
  outbox_cancel_replay(bigint, text, text) from public;
`;

export const dropOperateFunctions = `
drop function outbox_cancel_replay(bigint, text, text);
drop function outbox_request_replay(smallint, bigint, bigint, text, timestamptz, timestamptz, integer, text, text);
drop function outbox_wish(smallint, bigint[], text, text, text);
drop function outbox_resume(smallint[], text, text);
drop function outbox_pause(smallint[], text, text);
drop function outbox_set_paused(smallint[], boolean, text, text);
drop function outbox_require_reason(text, text);
`;

/** The relay keeps what it carries out; operators see everything but the events' contents and change it by wishes. */
export function operateGrants({ relay, ops }: OutboxRoles): string {
  return `
grant select, insert on outbox_replay, outbox_log_loss to ${relay};
grant update (position, sent, finished_at) on outbox_replay to ${relay};
grant insert on outbox_audit to ${relay};
grant update (paused) on outbox_lane to ${relay};
grant select on outbox_replay, outbox_log_loss, outbox_audit to ${ops};
grant execute on function outbox_pause(smallint[], text, text), outbox_resume(smallint[], text, text),
  outbox_wish(smallint, bigint[], text, text, text),
  outbox_request_replay(smallint, bigint, bigint, text, timestamptz, timestamptz, integer, text, text),
  outbox_cancel_replay(bigint, text, text) to ${ops};
`;
}
