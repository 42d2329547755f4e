/**
 * No check holds `orders` and `spent` above zero: a check sees the proposed row of an upsert, and a batch that only
 * cancels proposes a negative one. The gate sees to it that a cancellation comes after its placing.
 */
export const createBuyerTotals = `
create table buyer_totals (
  user_id uuid not null,
  currency char(3) not null,
  orders bigint not null,
  spent numeric(20, 2) not null,
  constraint pk_buyer_totals primary key (user_id, currency)
);
comment on index pk_buyer_totals is 'the upsert of a batch''s changes';

grant select, insert, update on buyer_totals to waybill_sales;

create view ops_buyer_totals as
  select user_id, currency, orders, spent from buyer_totals where orders <> 0 or spent <> 0;

create view ops_gate as
  select consumer_group, key, version, epoch, applied_at from inbox_gate where version > 0;

create view ops_early as
  select consumer_group, key, version, topic, received_at from inbox_early;

grant select on ops_buyer_totals, ops_gate, ops_early to waybill_ops;
`;

export const dropBuyerTotals = `
drop view ops_early, ops_gate, ops_buyer_totals;
drop table buyer_totals;
`;
