/**
 * When each canary was written and seen, both by the database's clock. The function writes a canary and its event in
 * one statement's transaction, and nothing else: the role of the jobs cannot put an order's event into the outbox.
 */
export const createCanary = `
create table canary (
  id         uuid        not null,
  written_at timestamptz not null default clock_timestamp(),
  seen_at    timestamptz,
  constraint pk_canary primary key (id)
);
comment on index pk_canary is 'the reader marks one as seen';
create index ix_canary_written_at on canary (written_at);
comment on index ix_canary_written_at is 'the newest, and those to forget';
create index ix_canary_seen_at_written_at on canary (seen_at, written_at);
comment on index ix_canary_seen_at_written_at is 'the oldest that was not seen, and the one seen last';

create function canary_write(canary uuid, event_type text, payload text, headers jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into canary (id) values (canary_write.canary);
  insert into outbox (lane, topic, key, version, type, payload, headers)
    select lane.lane, lane.topic, canary_write.canary::text, 1, event_type, canary_write.payload, canary_write.headers
    from outbox_lane lane
    where lane.topic = 'waybill_canary' and lane.partition = 0;
  if not found then
    raise exception 'canary_write: the topic waybill_canary has no lane';
  end if;
end $$;

revoke execute on function canary_write(uuid, text, text, jsonb) from public;
grant execute on function canary_write(uuid, text, text, jsonb), outbox_delivery(text) to waybill_jobs;
grant select, update (seen_at), delete on canary to waybill_jobs;
grant select on canary to waybill_ops;
`;

export const dropCanary = `
revoke execute on function outbox_delivery(text) from waybill_jobs;
drop function canary_write(uuid, text, text, jsonb);
drop table canary;
`;
