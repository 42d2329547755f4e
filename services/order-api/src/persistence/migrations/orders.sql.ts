export const createOrders = `
create table orders (
  id        uuid           not null,
  user_id   uuid           not null,
  status    text           not null,
  version   integer        not null,
  total     numeric(12,2)  not null,
  currency  char(3)        not null,
  placed_at timestamptz(3) not null,
  constraint pk_orders primary key (id),
  constraint fk_orders_user_id foreign key (user_id) references users (id) on delete cascade,
  constraint ck_orders_status check (status in ('placed', 'cancelled')),
  constraint ck_orders_version_positive check (version >= 1),
  constraint ck_orders_total_not_negative check (total >= 0),
  constraint ck_orders_currency_code check (currency ~ '^[A-Z]{3}$')
);
comment on index pk_orders is 'an order by id';
create index ix_orders_user_id_placed_at on orders (user_id, placed_at, id);
comment on index ix_orders_user_id_placed_at is 'GET /v1/users/:id/orders: a user''s orders, newest first';

create table order_items (
  order_id   uuid          not null,
  line_no    smallint      not null,
  product_id uuid          not null,
  quantity   integer       not null,
  unit_price numeric(12,2) not null,
  constraint pk_order_items primary key (order_id, line_no),
  constraint fk_order_items_order_id foreign key (order_id) references orders (id) on delete cascade,
  constraint fk_order_items_product_id foreign key (product_id) references products (id),
  constraint ck_order_items_line_no_positive check (line_no >= 1),
  constraint ck_order_items_quantity_positive check (quantity > 0),
  constraint ck_order_items_unit_price_not_negative check (unit_price >= 0)
);
comment on index pk_order_items is 'the lines of an order, in order';
create index ix_order_items_product_id on order_items (product_id);
comment on index ix_order_items_product_id is 'the foreign key''s check when a product goes; orders of a product';

create view ops_order_totals as
  select user_id, currency, count(*) as orders, sum(total) as spent
  from orders
  where status = 'placed'
  group by user_id, currency;
comment on view ops_order_totals is 'what the projection''s totals per buyer must equal; no personal data';
`;

export const dropOrders = `
drop view ops_order_totals;
drop table order_items, orders;
`;
