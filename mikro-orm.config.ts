import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { outboxMigrations } from '@waybill/outbox/migrations';
import { readSettings, secret } from '@waybill/service-host';
import Type from 'typebox';
import { jobMigrations } from './services/jobs/src/persistence/migrations/index.ts';
import { orderMigrations } from './services/order-api/src/persistence/migrations/index.ts';
import { orderEntities } from './services/order-api/src/persistence/order-entities.ts';

/**
 * The schema of the order database, composed of the parts that own it. Migrations run as the role that is to own
 * the tables, never as one of the services' roles.
 *
 * @param databaseUrl of the database `waybill` as waybill_migrator
 */
export function orderMigrationOptions(databaseUrl: string) {
  return defineConfig({
    clientUrl: databaseUrl,
    entities: orderEntities,
    extensions: [Migrator],
    ensureDatabase: false,
    allowGlobalContext: false,
    pool: { min: 0, max: 2 },
    migrations: {
      tableName: 'migrations',
      snapshot: false,
      silent: true,
      migrationsList: [
        ...outboxMigrations({
          writer: 'waybill_api',
          relay: 'waybill_relay',
          jobs: 'waybill_jobs',
          ops: 'waybill_ops',
        }),
        ...orderMigrations,
        ...jobMigrations,
      ],
    },
  });
}

const settingsSchema = Type.Object({
  MIGRATOR_DATABASE_URL: secret({
    default: 'postgres://waybill_migrator:waybill_migrator@127.0.0.1:55432/waybill',
  }),
});

/**
 * For the `mikro-orm` command; a function, because whoever imports the options above brings a URL of its own.
 *
 * @throws SettingsError when there is no URL in production
 */
export default function forCommand() {
  return orderMigrationOptions(readSettings(settingsSchema, process.env).MIGRATOR_DATABASE_URL);
}
