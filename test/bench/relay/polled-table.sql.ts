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

export type ReadTable = 'outbox' | 'bench_polled';

/** Reads a table with its partitions and indexes into PostgreSQL's memory. Superuser's work. */
export async function prewarm(client: Client, table: ReadTable): Promise<void> {
  await client.query('create extension if not exists pg_prewarm');
  await client.query({
    text: `select pg_prewarm(relation) from (
             select indexrelid::regclass from pg_index where indrelid in (select $1::regclass union select relid from pg_partition_tree($1))
             union select relid from pg_partition_tree($1) union select $1::regclass
           ) as part (relation)
           join pg_class c on c.oid = relation and c.relkind in ('r', 'i')`,
    values: [table],
  });
}
