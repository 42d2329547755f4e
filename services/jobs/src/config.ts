import {
  databaseUrl,
  type Environment,
  hostSettings,
  kafkaAccessFrom,
  kafkaVariables,
  readSettings,
  secret,
} from '@waybill/service-host';
import Type from 'typebox';

/** The environment of the jobs. Durations in ms. */
export const settingsSchema = Type.Object({
  ...hostSettings({ managementPort: 3013 }),
  DATABASE_URL: databaseUrl({
    role: 'waybill_jobs',
    database: 'waybill',
    description: 'The order database, as the role waybill_jobs',
  }),
  ...kafkaVariables,
  KAFKA_REQUEST_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 60_000, default: 5_000 }),
  REDIS_URL: secret({
    default: 'redis://127.0.0.1:56379',
    description: 'BullMQ’s schedules; without Redis the overdue check runs what is due',
  }),
  OUTBOX_RETENTION_DAYS: Type.Integer({
    minimum: 1,
    maximum: 3_650,
    default: 7,
    description: 'Published days older than this are dropped: set it as for the relays, the least counts',
  }),
  AUDIT_RETENTION_DAYS: Type.Optional(
    Type.Integer({
      minimum: 30,
      maximum: 36_500,
      description: 'Audit entries older than this are deleted; unset, they are kept for ever',
    }),
  ),
  CANARY_EVERY_MS: Type.Integer({ minimum: 250, maximum: 3_600_000, default: 15_000 }),
  CANARY_LIMIT_MS: Type.Integer({
    minimum: 100,
    maximum: 3_600_000,
    default: 10_000,
    description: 'A canary that takes longer through the whole path is overdue',
  }),
  JOBS_CHECK_EVERY_MS: Type.Integer({
    minimum: 100,
    maximum: 60_000,
    default: 1_000,
    description: 'How often PostgreSQL is asked for runs that are requested, to be repeated, or overdue',
  }),
  JOBS_OVERDUE_AFTER_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 5_000,
    description: 'How late a scheduled run may be before it is started without Redis',
  }),
  JOBS_STALLED_AFTER_MS: Type.Integer({
    minimum: 1_000,
    maximum: 600_000,
    default: 30_000,
    description: 'How long a process may be silent before another one takes over the run that it holds',
  }),
});

export type JobsSettings = ReturnType<typeof settingsFrom>;

/** @throws SettingsError naming every variable that is wrong or missing */
export function settingsFrom(env: Environment) {
  const settings = readSettings(settingsSchema, env);
  return { ...settings, kafka: kafkaAccessFrom(settings) };
}
