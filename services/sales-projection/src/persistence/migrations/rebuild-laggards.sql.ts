/**
 * What a rebuild lacks of what serves. It is filled once by a comparison of all gates that goes page by page, and from
 * that moment on by whoever counts for the generation that serves, in the transaction of the totals: so the moment of
 * the switch has only these few keys to ask about. Nothing is written here while nothing is being compared.
 */
export const addRebuildLaggards = `
create table projection_laggard (
  key text not null,
  wanted integer not null,
  constraint pk_projection_laggard primary key (key),
  constraint ck_projection_laggard_wanted check (wanted > 0)
);
comment on index pk_projection_laggard is 'a key that is wanted again, and all keys in their order, a page at a time';

alter table projection_generation
  add column compared_up_to text,
  add column compared_at timestamptz;

grant select, insert, update, delete on projection_laggard to waybill_sales;
`;

export const removeRebuildLaggards = `
alter table projection_generation drop column compared_at, drop column compared_up_to;
drop table projection_laggard;
`;
