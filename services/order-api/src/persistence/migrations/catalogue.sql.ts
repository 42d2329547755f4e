/** pg_trgm is a trusted extension (PostgreSQL manual, F.35): the database's owner may create it. */
export const createUsersAndProducts = `
create extension if not exists pg_trgm;

create table users (
  id         uuid           not null,
  email      varchar(120)   not null,
  name       varchar(60)    not null,
  created_at timestamptz(3) not null,
  constraint pk_users primary key (id),
  constraint ck_users_email_not_empty check (email <> ''),
  constraint ck_users_name_not_empty check (name <> '')
);
comment on index pk_users is 'a user by id, and users in the order in which they came';
create unique index uq_users_email on users (lower(email));
comment on index uq_users_email is 'a user by e-mail address, in any case';

create table products (
  id       uuid          not null,
  sku      varchar(64)   not null,
  name     varchar(200)  not null,
  price    numeric(12,2) not null,
  currency char(3)       not null,
  stock    integer       not null,
  version  integer       not null,
  constraint pk_products primary key (id),
  constraint uq_products_sku unique (sku),
  constraint ck_products_price_not_negative check (price >= 0),
  constraint ck_products_currency_code check (currency ~ '^[A-Z]{3}$'),
  constraint ck_products_stock_not_negative check (stock >= 0),
  constraint ck_products_version_positive check (version >= 1)
);
comment on index pk_products is 'products of an order, locked in id order; the catalogue in the order in which it grew';
comment on index uq_products_sku is 'a product by its stock keeping unit';
create index ix_products_name on products using gin (name gin_trgm_ops);
comment on index ix_products_name is 'GET /v1/products?q=: products whose name contains a text, in any case';
`;

export const dropUsersAndProducts = `
drop table products, users;
`;
