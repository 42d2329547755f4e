import {
  databaseUrl,
  type Environment,
  hostSettings,
  kafkaAccessFrom,
  kafkaVariables,
  readSettings,
  tracingVariables,
} from '@waybill/service-host';
import { Type } from 'typebox';

/** The projection's environment. */
export const settingsSchema = Type.Object({
  ...hostSettings({ managementPort: 3012 }),
  DATABASE_URL: databaseUrl({
    role: 'waybill_sales',
    database: 'waybill_sales',
    description: "The projection's own database, as the role waybill_sales",
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: Type.Integer({ default: 8_000, minimum: 1 }),
  DATABASE_QUERY_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 1,
    description: 'above the statement timeout: the server has not answered at all',
  }),
  ...kafkaVariables,
  ...tracingVariables,
  KAFKA_GROUP: Type.String({
    minLength: 1,
    default: 'sales-projection',
    description:
      'A new name applies everything anew, onto the totals that are there: start it on an empty database',
  }),
});

export type ProjectionSettings = ReturnType<typeof settingsFrom>;

/** @throws SettingsError naming every variable that is wrong or missing */
export function settingsFrom(env: Environment) {
  const settings = readSettings(settingsSchema, env);
  return { ...settings, kafka: kafkaAccessFrom(settings) };
}

const migratorSettings = Type.Object({
  SALES_MIGRATOR_DATABASE_URL: databaseUrl({
    role: 'waybill_migrator',
    database: 'waybill_sales',
    description: 'The same database, as the role that owns its tables',
  }),
});

/**
 * For migrations; the service itself never learns this URL.
 *
 * @throws SettingsError when it is not set in production
 */
export function migratorUrlFrom(env: Environment): string {
  return readSettings(migratorSettings, env).SALES_MIGRATOR_DATABASE_URL;
}
