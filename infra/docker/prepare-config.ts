import { type Environment, hostSettings, readSettings, secret } from '@waybill/service-host';
import Type from 'typebox';

const { WAYBILL_ENV, LOG_LEVEL } = hostSettings({ managementPort: 0 });

const password = (role: string) =>
  secret({ default: role, description: `the password that ${role} logs in with` });

/** The environment of prepare.ts: the cluster's superuser, both databases' owner, and a password for every role. */
export const settingsSchema = Type.Object({
  WAYBILL_ENV,
  LOG_LEVEL,
  POSTGRES_ADMIN_URL: secret({
    default: 'postgres://postgres:postgres@127.0.0.1:55432/postgres',
    description: 'any database of the cluster, as superuser',
  }),
  MIGRATOR_DATABASE_URL: secret({
    default: 'postgres://waybill_migrator:waybill_migrator@127.0.0.1:55432/waybill',
  }),
  SALES_MIGRATOR_DATABASE_URL: secret({
    default: 'postgres://waybill_migrator:waybill_migrator@127.0.0.1:55432/waybill_sales',
  }),
  KAFKA_BROKERS: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, default: ['127.0.0.1:59092'] }),
  CREDENTIALS_FOLDER: Type.String({
    minLength: 1,
    default: '/var/lib/waybill',
    description: 'takes the signing key and the tokens, in development only',
  }),
  WAYBILL_MIGRATOR_PASSWORD: password('waybill_migrator'),
  WAYBILL_API_PASSWORD: password('waybill_api'),
  WAYBILL_RELAY_PASSWORD: password('waybill_relay'),
  WAYBILL_JOBS_PASSWORD: password('waybill_jobs'),
  WAYBILL_OPS_PASSWORD: password('waybill_ops'),
  WAYBILL_SALES_PASSWORD: password('waybill_sales'),
});

export type PrepareSettings = ReturnType<typeof settingsFrom>;

/** @throws SettingsError naming every variable that is wrong or missing */
export function settingsFrom(env: Environment) {
  return readSettings(settingsSchema, env);
}
