import {
  databaseUrl,
  type Environment,
  hostSettings,
  kafkaAccessFrom,
  kafkaVariables,
  readSettings,
  secret,
  tracingVariables,
} from '@waybill/service-host';
import Type from 'typebox';

/** The relay's environment. Durations in ms. */
export const settingsSchema = Type.Object({
  ...hostSettings({ managementPort: 3011 }),
  ...tracingVariables,
  DATABASE_URL: databaseUrl({
    role: 'waybill_relay',
    database: 'waybill',
    description: 'The order database, as the role waybill_relay',
  }),
  ...kafkaVariables,
  KAFKA_CLIENT: Type.Union([Type.Literal('kafkajs'), Type.Literal('platformatic')], {
    default: 'kafkajs',
    description: 'Which library publishes; platformatic is @platformatic/kafka',
  }),
  KAFKA_REQUEST_TIMEOUT_MS: Type.Integer({
    minimum: 100,
    maximum: 7_000,
    default: 5_000,
    description: 'A stop waits for the batch in flight, and supervisors wait no longer than that',
  }),
  RELAY_LEASE_MS: Type.Integer({
    minimum: 1_000,
    maximum: 300_000,
    default: 10_000,
    description: 'How long the lanes of a relay that died wait; at least twice the request timeout',
  }),
  RELAY_ON_LOG_LOSS: Type.Union([Type.Literal('republish'), Type.Literal('pause')], {
    default: 'republish',
    description:
      'When a topic was made anew or cut short: publish again what it lost, marked as replayed, or pause its lanes',
  }),
  OUTBOX_RETENTION_DAYS: Type.Integer({
    minimum: 1,
    maximum: 3_650,
    default: 7,
    description:
      'How long published events and their receipts are kept; of all relays and the jobs the least counts',
  }),
  REDIS_URL: secret({
    default: 'redis://127.0.0.1:56379',
    description: 'The doorbell; without Redis the relay polls',
  }),
});

export type RelayServiceSettings = ReturnType<typeof settingsFrom>;

/** @throws SettingsError naming every variable that is wrong or missing */
export function settingsFrom(env: Environment) {
  const settings = readSettings(settingsSchema, env);
  return { ...settings, kafka: kafkaAccessFrom(settings) };
}
