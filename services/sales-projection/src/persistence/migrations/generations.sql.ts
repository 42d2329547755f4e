/**
 * Totals are kept per generation: a rebuild counts everything again under a new number, with a consumer group and gates
 * of its own, while the active generation goes on serving and counting. The switch is one row's state.
 */
export const addGenerations = `
create table projection_generation (
  generation integer not null,
  state text not null,
  actor text not null,
  reason text not null,
  started_at timestamptz not null default clock_timestamp(),
  switched_at timestamptz,
  messages_left bigint,
  measured_at timestamptz,
  constraint pk_projection_generation primary key (generation),
  constraint ck_projection_generation_state check (state in ('building', 'active', 'retired'))
);
comment on index pk_projection_generation is 'one generation, by its number';
create unique index uq_projection_generation_state on projection_generation (state) where state <> 'retired';
comment on index uq_projection_generation_state is 'the one that serves, and the one that is being built';
insert into projection_generation (generation, state, actor, reason, switched_at)
values (1, 'active', 'migration', 'the first', clock_timestamp());

alter table buyer_totals
  add column generation integer not null default 1,
  drop constraint pk_buyer_totals,
  add constraint pk_buyer_totals primary key (generation, user_id, currency);
comment on index pk_buyer_totals is 'the upsert of a batch''s changes, and reports of one generation';

create or replace view ops_buyer_totals as
  select user_id, currency, orders, spent from buyer_totals
  where (orders <> 0 or spent <> 0)
    and generation = (select generation from projection_generation where state = 'active');

create view ops_projection_generations as
  select generation, state, actor, reason, started_at, switched_at, messages_left, measured_at
  from projection_generation;

create function projection_rebuild(asked_by text, because text) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  number integer;
begin
  if coalesce(trim(asked_by), '') = '' or coalesce(trim(because), '') = '' then
    raise exception 'a rebuild needs who and why' using errcode = '22023';
  end if;
  insert into projection_generation (generation, state, actor, reason)
  select max(generation) + 1, 'building', asked_by, because from projection_generation
  on conflict do nothing;
  select generation into number from projection_generation where state = 'building';
  return number;
end $$;
revoke execute on function projection_rebuild(text, text) from public;

grant execute on function projection_rebuild(text, text) to waybill_ops;
grant select on ops_projection_generations to waybill_ops;
grant select, update on projection_generation to waybill_sales;
grant delete on buyer_totals to waybill_sales;
`;

/** Only the active generation's totals stay. */
export const removeGenerations = `
revoke delete on buyer_totals from waybill_sales;
drop function projection_rebuild(text, text);
drop view ops_projection_generations;
create or replace view ops_buyer_totals as
  select user_id, currency, orders, spent from buyer_totals where orders <> 0 or spent <> 0;
delete from buyer_totals
where generation <> (select generation from projection_generation where state = 'active');
alter table buyer_totals
  drop constraint pk_buyer_totals,
  drop column generation,
  add constraint pk_buyer_totals primary key (user_id, currency);
comment on index pk_buyer_totals is 'the upsert of a batch''s changes';
drop table projection_generation;
`;
