/** Whoever counts or compares writes both, in this order; without it a row could come between these statements. */
const holdAll = 'lock table projection_generation, projection_laggard in access exclusive mode;';

/**
 * A rebuild can be given up. What it lacks is kept under its number, so that what one leaves behind is no other's; a
 * comparison under way begins anew. How far it is stands there per partition, because each member knows its own only.
 */
export const addRebuildUpkeep = `
${holdAll}
delete from projection_laggard;
alter table projection_laggard
  add column generation integer not null,
  drop constraint pk_projection_laggard,
  add constraint pk_projection_laggard primary key (generation, key);
comment on index pk_projection_laggard is 'a key that is wanted again, and a rebuild''s keys in their order, a page at a time';
update projection_generation set compared_up_to = null, compared_at = null where state = 'building';

create table projection_progress (
  generation integer not null,
  topic text not null,
  kafka_partition integer not null,
  messages_left bigint not null,
  constraint pk_projection_progress primary key (generation, topic, kafka_partition)
);
comment on index pk_projection_progress is 'the newest figure of a partition, and the sum of a rebuild''s';
grant select, insert, update, delete on projection_progress to waybill_sales;

alter table projection_generation 
  add column cancelled_at timestamptz,
  add column cancelled_by text,
  add column cancelled_because text;
drop view ops_projection_generations;
alter table projection_generation drop column messages_left, drop column measured_at;
create view ops_projection_generations as
  select generation, state, actor, reason, started_at, switched_at, waits_for, cancelled_at, cancelled_by,
    cancelled_because,
    case when state = 'building' then
      (select sum(messages_left) from projection_progress progress where progress.generation = one.generation)
    end as messages_left,
    case when state <> 'building' then null when compared_at is not null then 'whole'
      when compared_up_to is not null then 'under way' else 'not begun' end as comparison,
    case when state = 'building' then
      (select count(*) from (
         select from projection_laggard laggard where laggard.generation = one.generation limit 10000) lacking)
    end as keys_behind
  from projection_generation one;
grant select on ops_projection_generations to waybill_ops;

create function projection_cancel(number integer, asked_by text, because text) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if coalesce(trim(asked_by), '') = '' or coalesce(trim(because), '') = '' then
    raise exception 'to give up a rebuild needs who and why' using errcode = '22023';
  end if;
  update projection_generation
  set state = 'retired', waits_for = null, cancelled_at = clock_timestamp(), cancelled_by = asked_by,
    cancelled_because = because
  where generation = number and state = 'building';
  return found;
end $$;
revoke execute on function projection_cancel(integer, text, text) from public;
grant execute on function projection_cancel(integer, text, text) to waybill_ops;
`;

export const removeRebuildUpkeep = `
${holdAll}
drop function projection_cancel(integer, text, text);
drop view ops_projection_generations;
alter table projection_generation
  drop column cancelled_because,
  drop column cancelled_by,
  drop column cancelled_at,
  add column messages_left bigint,
  add column measured_at timestamptz;
create view ops_projection_generations as
  select generation, state, actor, reason, started_at, switched_at, messages_left, measured_at, waits_for
  from projection_generation;
grant select on ops_projection_generations to waybill_ops;
drop table projection_progress;
delete from projection_laggard;
alter table projection_laggard
  drop constraint pk_projection_laggard,
  drop column generation,
  add constraint pk_projection_laggard primary key (key);
comment on index pk_projection_laggard is 'a key that is wanted again, and all keys in their order, a page at a time';
update projection_generation set compared_up_to = null, compared_at = null where state = 'building';
`;
