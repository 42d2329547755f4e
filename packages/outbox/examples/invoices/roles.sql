-- As a superuser, once. The owner runs migrations, the api writes, the relay publishes and does the upkeep.
create role billing_owner login password 'billing_owner';
create role billing_api login password 'billing_api';
create role billing_relay login password 'billing_relay';
create role billing_ops login password 'billing_ops';
create database billing owner billing_owner;
