import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { eventually, query } from '../sales.fixture.ts';
import { salesMigrationOptions } from './orm-config.ts';

test('every migration goes back, and forward again to the same', async () => {
  await using database = await createSalesDatabase();
  const shape = () =>
    query(
      database.urlFor('superuser'),
      `select table_name, column_name, data_type, is_nullable,
         has_column_privilege('waybill_sales', table_name, column_name, 'select') as reads
       from information_schema.columns where table_schema = 'public' order by table_name, column_name`,
    );
  const before = await shape();
  const orm = await MikroORM.init(salesMigrationOptions(database.urlFor('waybill_migrator')));
  try {
    const done = await orm.migrator.getExecuted();
    for (const _ of done) await orm.migrator.down();
    expect(new Set((await shape()).map(({ table_name }) => table_name))).toEqual(new Set(['migrations']));
    await orm.migrator.up();
    expect(await shape()).toEqual(before);
  } finally {
    await orm.close(true);
  }
});

test('what a process from before writes while a rebuild is made cancellable does not stop the migration', async () => {
  await using database = await createSalesDatabase();
  const orm = await MikroORM.init(salesMigrationOptions(database.urlFor('waybill_migrator')));
  const client = new pg.Client({ connectionString: database.urlFor('superuser') });
  await client.connect();
  try {
    await orm.migrator.down({ to: '202611240380_remember_what_a_rebuild_lacks' });
    await client.query('begin');
    await client.query(`insert into projection_laggard (key, wanted) values ('a', 1)`);
    const migrating = orm.migrator.up();
    await eventually('the migration waits', async () => {
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      return (await query(database.urlFor('superuser'), waiting)).length === 1;
    });
    await client.query('commit');
    await migrating;
    expect((await client.query('select generation, key from projection_laggard')).rows).toEqual([]);
  } finally {
    await client.end();
    await orm.close(true);
  }
});
