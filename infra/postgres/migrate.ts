import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { orderMigrationOptions } from '../../mikro-orm.config.ts';
import { salesMigrationOptions } from '../../services/sales-projection/src/persistence/orm-config.ts';

export interface MigratorUrls {
  /** Of waybill_migrator, to the order database. */
  readonly orders: string;
  /** Of waybill_migrator, to the database of sales-projection. */
  readonly sales: string;
}

/**
 * Brings both databases to their newest migration.
 *
 * @returns the names of the migrations that were applied now
 * @throws what the migration that failed threw; those before it stay applied
 */
export async function runMigrations(urls: MigratorUrls): Promise<string[]> {
  const applied = await Promise.all([
    migrate(orderMigrationOptions(urls.orders)),
    migrate(salesMigrationOptions(urls.sales)),
  ]);
  return applied.flat();
}

async function migrate(options: Options): Promise<string[]> {
  const orm = await MikroORM.init({ ...options, logger: () => {} }); // the caller tells what was done
  try {
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}
