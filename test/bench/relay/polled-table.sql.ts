import type { Client } from 'pg';

/** The backlog once more, in the table of a polling relay, with the best index for it. */
export async function createPolledTable(client: Client): Promise<void> {
  await client.query(
    `create table bench_polled (
       id bigint generated always as identity primary key, key text not null, version integer not null,
       payload text not null, headers text not null, created_at timestamptz not null default now(),
       published_at timestamptz
     )`,
  );
  await client.query(
    `insert into bench_polled (key, version, payload, headers)
     select key, version, payload, headers from outbox order by seq`,
  );
  await client.query('create index bench_polled_pending on bench_polled (id) where published_at is null');
  await client.query('vacuum analyze bench_polled');
}

/** Reads the tables that are drained, and their indexes, into PostgreSQL's memory. Superuser's work. */
export async function prewarm(client: Client): Promise<void> {
  await client.query('create extension if not exists pg_prewarm');
  await client.query(
    `select pg_prewarm(oid::regclass) from pg_class where relkind in ('r', 'i') and (relname like 'outbox%' or relname like 'bench_polled%')`,
  );
}
