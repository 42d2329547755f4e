import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrderDatabase, type TestDatabase } from '../../../../test/servers/databases.ts';

let database: TestDatabase;
let admin: pg.Client;

beforeAll(async () => {
  database = await createOrderDatabase();
  admin = new pg.Client({ connectionString: database.urlFor('superuser') });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database[Symbol.asyncDispose]();
});

async function rowsOf(sql: string): Promise<readonly Record<string, string>[]> {
  return (await admin.query<Record<string, string>>(sql)).rows;
}

/**
 * Every table of the database, whoever made it, but for two kinds that nobody names: partitions, which copy their
 * parent's indexes and constraints under generated names, and the migrator's own bookkeeping.
 */
const namedTables = `
  select c.oid, c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> 'migrations'`;

/** Constraints and indexes with the name that the rule gives them; checks say what they check after their prefix. */
const names = `
  with named as (${namedTables}),
  columns as (
    select t.oid, t.relname, con.conname, con.contype,
           (select string_agg(a.attname, '_' order by k.n) from unnest(con.conkey) with ordinality k(attnum, n)
            join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum) as cols
    from named t join pg_constraint con on con.conrelid = t.oid
  )
  select relname as "table", conname as name,
         case contype when 'p' then 'pk_' || relname
                      when 'f' then 'fk_' || relname || '_' || cols
                      when 'u' then 'uq_' || relname || '_' || cols
                      when 'c' then 'ck_' || relname || '_%' end as rule
  from columns where contype in ('p', 'f', 'u', 'c')
  union all
  select t.relname, i.relname,
         case when x.indisunique then 'uq_' else 'ix_' end || t.relname || '_%'
  from named t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
  where not exists (select from pg_constraint con where con.conindid = i.oid)`;

describe('names', () => {
  it('of all constraints and indexes follow the rule', async () => {
    const all = await rowsOf(names);
    const tables = new Set(all.map(({ table }) => table));
    for (const table of [
      'users',
      'products',
      'orders',
      'order_items',
      'idempotency_keys',
      'audit_log',
      'outbox',
    ]) {
      expect(tables).toContain(table);
    }
    const broken = await rowsOf(`
      select * from (${names}) n where n.name not like replace(n.rule, '_', '\\_') or n.rule is null`);
    expect(broken).toEqual([]);
  });

  it('that break it are found', async () => {
    await admin.query('begin');
    await admin.query('create table stray (id int primary key, n int check (n > 0), unique (n))');
    await admin.query('create index on stray (n)');
    const broken = await rowsOf(`
      select n.name from (${names}) n where n.name not like replace(n.rule, '_', '\\_') order by 1`);
    await admin.query('rollback');
    expect(broken.map(({ name }) => name)).toEqual([
      'stray_n_check',
      'stray_n_idx',
      'stray_n_key',
      'stray_pkey',
    ]);
  });

  it('of indexes are columns that the index begins with', async () => {
    const indexes = await rowsOf(`
      with named as (${namedTables})
      select t.relname as "table", i.relname as name,
             (select string_agg(coalesce(a.attname, 'expression'), '_' order by k.n)
              from unnest(x.indkey::int2[]) with ordinality k(attnum, n)
              left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum and k.attnum > 0) as cols
      from named t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
      where i.relname like 'ix\\_%'`);
    expect(indexes.length).toBeGreaterThan(5);
    for (const { table = '', name = '', cols = '' } of indexes) {
      expect(`ix_${table}_${cols}_`).toMatch(new RegExp(`^${name}_`));
    }
  });

  it('of queries stand in the comment of each index that is not a constraint of a key of the outbox', async () => {
    const silent = await rowsOf(`
      with named as (${namedTables})
      select i.relname as name
      from named t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
      where obj_description(i.oid, 'pg_class') is null
        and not (t.relname like 'outbox%' and exists (select from pg_constraint con where con.conindid = i.oid))`);
    expect(silent).toEqual([]);
  });
});

describe('the API’s role', () => {
  it('begins each session with its limits, whoever opens it', async () => {
    const client = new pg.Client({ connectionString: database.urlFor('waybill_api') });
    await client.connect();
    try {
      const { rows } = await client.query(
        `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
                current_setting('idle_in_transaction_session_timeout') as idle`,
      );
      expect(rows).toEqual([{ lock: '2s', statement: '5s', idle: '10s' }]);
    } finally {
      await client.end();
    }
  });
});

describe('grants', () => {
  const runtimeRoles = [
    'waybill_api',
    'waybill_relay',
    'waybill_jobs',
    'waybill_ops',
    'waybill_sales',
  ] as const;

  it('let no runtime role delete or empty users or orders', async () => {
    const roles = runtimeRoles.map((role) => `'${role}'`).join(', ');
    const allowed = await rowsOf(`
      select r.rolname, t.name, p.privilege
      from pg_roles r, unnest(array['users', 'orders', 'order_items']) t(name), unnest(array['DELETE', 'TRUNCATE']) p(privilege)
      where r.rolname in (${roles}) and has_table_privilege(r.oid, t.name, p.privilege)`);
    expect(allowed).toEqual([]);
  });

  it('are nothing to PUBLIC, on any table', async () => {
    const open = await rowsOf(`
      with named as (${namedTables})
      select t.relname from named t join pg_class c on c.oid = t.oid, aclexplode(c.relacl) a where a.grantee = 0`);
    expect(open).toEqual([]);
  });

  /** What the API's role is denied, tried and not read from a catalogue. */
  it.each([
    ['deletes a user', 'delete from users'],
    ['deletes an order', 'delete from orders'],
    ['deletes a line', 'delete from order_items'],
    ['moves an order in time', 'update orders set placed_at = now()'],
    ['changes a total', 'update orders set total = 0'],
    ['changes a line', 'update order_items set quantity = 1'],
    ['changes a price', 'update products set price = 0'],
    ['reads the outbox', 'select from outbox'],
    ['reads a column of the outbox', 'select key from outbox'],
    [
      'chooses seq',
      `insert into outbox (lane, topic, key, version, type, payload, headers, seq) overriding system value values (1, 't', 'k', 1, 't', '', '{}', 1)`,
    ],
    [
      'chooses xid',
      `insert into outbox (lane, topic, key, version, type, payload, headers, xid) values (1, 't', 'k', 1, 't', '', '{}', '1')`,
    ],
    [
      'chooses created_at',
      `insert into outbox (lane, topic, key, version, type, payload, headers, created_at) values (1, 't', 'k', 1, 't', '', '{}', now())`,
    ],
    ['changes the outbox', `update outbox set payload = ''`],
    ['deletes from the outbox', 'delete from outbox'],
    ['reads the relay’s progress', 'select from outbox_progress'],
    ['reads who owns a lane', 'select owner from outbox_lane'],
    ['takes a lane', 'update outbox_lane set paused = true'],
    ['reads the audit log', 'select from audit_log'],
    [
      'dates the audit log',
      `insert into audit_log (actor, action, table_name, row_id, at) values ('a', 'b', 'c', 'd', now())`,
    ],
    ['reads the migrations', 'select from migrations'],
    ['makes a table', 'create table mine (id int)'],
    ['adds a topic', `select outbox_add_topic('mine', 1)`],
  ])('let the API not do what it need not: it %s', async (_, sql) => {
    const api = new pg.Client({ connectionString: database.urlFor('waybill_api') });
    await api.connect();
    try {
      await expect(api.query(sql)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await api.end();
    }
  });

  it.each([
    ['waybill_relay', 'select from orders'],
    ['waybill_relay', 'select from users'],
    ['waybill_jobs', 'select from orders'],
    ['waybill_jobs', 'select body from idempotency_keys'],
    ['waybill_ops', 'select from orders'],
    ['waybill_ops', 'select from users'],
  ] as const)('let %s not do: %s', async (role, sql) => {
    const client = new pg.Client({ connectionString: database.urlFor(role) });
    await client.connect();
    try {
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });

  it('let operators see totals without personal data', async () => {
    await using client = disposable(new pg.Client({ connectionString: database.urlFor('waybill_ops') }));
    await client.value.connect();
    const { fields } = await client.value.query('select * from ops_order_totals');
    expect(fields.map(({ name }) => name)).toEqual(['user_id', 'currency', 'orders', 'spent']);
  });
});

function disposable(value: pg.Client) {
  return { value, [Symbol.asyncDispose]: () => value.end() };
}
