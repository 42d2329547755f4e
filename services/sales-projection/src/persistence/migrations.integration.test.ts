import { MikroORM } from '@mikro-orm/postgresql';
import { expect, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { query } from '../sales.fixture.ts';
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
