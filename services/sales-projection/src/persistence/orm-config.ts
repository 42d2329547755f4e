import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { inboxMigrations } from '@waybill/inbox/migrations';
import { salesMigrations } from './migrations/index.ts';

/**
 * The schema of the projection's own database: the inbox, and the totals that commit together with it. The service
 * itself speaks SQL and has no entities.
 *
 * @param databaseUrl of the database `waybill_sales` as waybill_migrator
 */
export function salesMigrationOptions(databaseUrl: string) {
  return defineConfig({
    clientUrl: databaseUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    ensureDatabase: false,
    allowGlobalContext: false,
    pool: { min: 0, max: 2 },
    migrations: {
      tableName: 'migrations',
      snapshot: false,
      silent: true,
      // By their names, which say the order: a change to the inbox may come after the totals.
      migrationsList: [
        ...inboxMigrations({ consumer: 'waybill_sales', operator: 'waybill_ops' }),
        ...salesMigrations,
      ].toSorted((a, b) => a.name.localeCompare(b.name)),
    },
  });
}
