import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { expect, it } from 'vitest';
import { orderMigrationOptions } from '../../../../mikro-orm.config.ts';
import { outboxMigrations } from './index.ts';
import { createOrderDatabase } from '../../../../test/servers/databases.ts';

const relay = 'waybill_relay';
const waybillRoles = { writer: 'waybill_api', relay, jobs: 'waybill_jobs', ops: 'waybill_ops' };

/** Everything that migrations make, with its definition where PostgreSQL can tell one, and with who may do what. */
const schema = `
  select format('%s %s %s %s', c.relkind, c.relname, pg_get_indexdef(c.oid), ${rightsIn('c.relacl')}) as what from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relname !~ '_p\\d{8}' and c.relname not like 'migrations%'
  union all
  select format('%s.%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), ${rightsIn('attacl')}) from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped and c.relname !~ '_p\\d{8}' and c.relkind <> 'i'
    and c.relname not like 'migrations%'
  union all
  select pg_get_functiondef(p.oid) || ${rightsIn('proacl')} from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.prolang <> (select oid from pg_language where lanname = 'c')
  union all
  select format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
  where connamespace = 'public'::regnamespace and conrelid::regclass::text !~ '_p\\d{8}'
  order by 1`;

/** Sorted, because a right that is given again stands last. */
function rightsIn(acl: string): string {
  return `coalesce((select string_agg(item::text, ' ' order by item::text) from unnest(${acl}) item), '')`;
}

interface Migrated extends AsyncDisposable {
  readonly orm: MikroORM;
  /** As superuser. */
  readonly client: pg.Client;
}

/** A database with every migration made, those of the outbox for `roles`. */
async function migratedDatabase(roles = waybillRoles): Promise<Migrated> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createOrderDatabase());
  const options = orderMigrationOptions(database.urlFor('waybill_migrator'));
  const orm = await MikroORM.init({
    ...options,
    migrations: { ...options.migrations, migrationsList: outboxMigrations(roles) },
  });
  opened.defer(() => orm.close(true));
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  opened.defer(() => client.end());
  const kept = opened.move();
  return { orm, client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function schemaOf(client: pg.Client): Promise<string[]> {
  return (await client.query<{ what: string }>(schema)).rows.map(({ what }) => what);
}

/** Others may speak of the outbox in functions of their own. */
const owned = /^(. |CREATE OR REPLACE FUNCTION public\.)?outbox/;

it.each([
  ['roles of their own', waybillRoles],
  ['one role for the relay, jobs and operators', { ...waybillRoles, jobs: relay, ops: relay }],
])(
  'each migration of the outbox can be taken back and made again, to the same schema and rights: %s',
  async (_, roles) => {
    await using migrated = await migratedDatabase(roles);
    const { orm, client } = migrated;
    const names = outboxMigrations(roles).map(({ name }) => name);
    for (const name of names.toReversed()) await orm.migrator.down({ migrations: [name] });
    expect((await schemaOf(client)).filter((what) => owned.test(what))).toEqual([]);
    const stages: string[][] = [];
    for (const name of names) {
      stages.push(await schemaOf(client));
      await orm.migrator.up({ migrations: [name] });
    }
    for (const name of names.toReversed()) {
      await orm.migrator.down({ migrations: [name] });
      expect(await schemaOf(client), `without ${name}`).toEqual(stages.pop());
    }
  },
);

it('headers that were stored as jsonb are the same text afterwards, of waiting and of parked events, and on the way back', async () => {
  const keeping = ['202611240350_keep_headers_as_text'];
  await using migrated = await migratedDatabase();
  const { orm, client } = migrated;
  const texts = async (): Promise<string[]> =>
    (
      await client.query<{ text: string }>(
        'select headers::text as text from outbox union all select headers::text from outbox_parked',
      )
    ).rows.map(({ text }) => text);
  await orm.migrator.down({ migrations: keeping });
  await client.query(`
    insert into outbox (lane, topic, key, version, type, payload, headers)
    values (0, 't', 'k', 1, 'waybill.order.placed.v1', '{}', '{"b":"1",  "a":"ü \\" x"}')`);
  await client.query(`
    insert into outbox_parked (lane, seq, topic, key, version, type, payload, headers, created_at, reason, detail, attempts)
    select lane, seq, topic, key, version, type, payload, headers, created_at, 'R', '', 1 from outbox`);
  const before = await texts();
  expect(before).toHaveLength(2);
  await orm.migrator.up({ migrations: keeping });
  expect(await texts()).toEqual(before);
  await orm.migrator.down({ migrations: keeping });
  expect(await texts()).toEqual(before);
});

it('a position from before the migration has no bound of late events, and one that an earlier relay stores has its own', async () => {
  const keeping = ['202611300310_keep_late_before'];
  await using migrated = await migratedDatabase();
  const { orm, client } = migrated;
  const bounds = async (): Promise<unknown[]> =>
    (await client.query('select late_before::text from outbox_progress where lane = 1 order by id')).rows;
  await orm.migrator.down({ migrations: keeping });
  await orm.migrator.up({ migrations: keeping });
  expect(await bounds()).toEqual([{ late_before: null }]);

  await client.query('begin');
  const { rows } = await client.query('select pg_current_xact_id()::text as late_before');
  await client.query(
    `insert into outbox_progress (lane, position, snapshot, floor, log_generation, kind)
     values (1, 1, pg_current_snapshot(), 0, 0, 'fresh')`,
  );
  await client.query('commit');
  expect(await bounds()).toEqual([{ late_before: null }, ...rows]);
});
