/**
 * No runtime role may delete users or orders. The API changes only the columns that a use case changes: the price
 * that somebody paid, or when an order was placed, is not among them. FOR UPDATE, which locks the products of an order,
 * needs an updatable column, which `stock` is.
 */
export const grantOrderTables = `
grant select, insert on users, products, orders, order_items, idempotency_keys to waybill_api;
grant update (name) on users to waybill_api;
grant update (stock, version) on products to waybill_api;
grant update (status, version) on orders to waybill_api;
grant update (request_hash, status, headers, body, expires_at) on idempotency_keys to waybill_api;
grant insert (actor, action, table_name, row_id, details) on audit_log to waybill_api;

grant select (principal, route, key, expires_at), delete on idempotency_keys to waybill_jobs;

grant select on ops_order_totals to waybill_ops;
`;
