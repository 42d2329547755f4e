/**
 * What the outbox must hold an event of: each order's version, and the topic that its newest event goes to. By id,
 * which is pk_orders.
 */
export const createOrderVersions = `
create view ops_order_versions as
  select id, id::text as key, version, case status when 'cancelled' then 'order_cancelled' else 'order_placed' end as topic,
         placed_at as created_at
  from orders;
comment on view ops_order_versions is 'what reconcile compares the outbox with; no personal data';
grant select on ops_order_versions to waybill_ops, waybill_jobs;
`;

export const dropOrderVersions = `
drop view ops_order_versions;
`;
