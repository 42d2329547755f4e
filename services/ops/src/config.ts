import type { KafkaSettings } from '@waybill/kafka';
import {
  type Environment,
  kafkaAccessFrom,
  kafkaVariables,
  readSettings,
  SettingsError,
  secret,
} from '@waybill/service-host';
import { type Static, Type } from 'typebox';
import { OperatorError } from './operator-error.ts';

/** Longest wait for an answer of Kafka, in ms. */
const requestTimeoutMs = 5_000;

export const kafkaSettingsSchema = Type.Object({
  ...kafkaVariables,
  // Without a default: a command that asks the wrong Kafka is worse than none.
  KAFKA_BROKERS: Type.Array(Type.String({ pattern: '^[^:\\s]+:[0-9]+$' }), { minItems: 1 }),
});

export const databaseSettingsSchema = Type.Object({
  WAYBILL_DATABASE_URL: secret({ description: 'the order database, as waybill_ops' }),
});

export const salesDatabaseSettingsSchema = Type.Object({
  WAYBILL_SALES_DATABASE_URL: secret({ description: 'the database of sales-projection, as waybill_ops' }),
});

export const demoSettingsSchema = Type.Object({
  WAYBILL_API_URL: Type.String({ pattern: '^https?://' }),
  WAYBILL_DATABASE_URL: secret(),
  ...salesDatabaseSettingsSchema.properties,
  WAYBILL_TOKEN_FILE: Type.String({ minLength: 1, description: 'holds a token with all scopes' }),
  KAFKA_GROUP: Type.String({ default: 'sales-projection', minLength: 1, description: 'the projection’s' }),
});

export const signingSettingsSchema = Type.Object({
  WAYBILL_SIGNING_KEY_FILE: Type.String({
    minLength: 1,
    description: 'a private JWK that the order API trusts',
  }),
});

/** Everything that the `waybill` command reads; each subcommand asks for its own part. */
export const settingsSchema = Type.Object({
  ...kafkaSettingsSchema.properties,
  ...demoSettingsSchema.properties,
  ...signingSettingsSchema.properties,
});

export type { Environment };
export type DatabaseSettings = Static<typeof databaseSettingsSchema>;
export type DemoSettings = Static<typeof demoSettingsSchema>;

/** @throws OperatorError naming every variable that is missing or does not fit */
export function kafkaSettingsFrom(env: Environment): KafkaSettings {
  return explained(() => {
    const settings = readSettings(kafkaSettingsSchema, env);
    return { clientId: 'waybill', requestTimeoutMs, ...kafkaAccessFrom(settings) };
  });
}

/** @throws OperatorError naming every variable that is missing or does not fit */
export function databaseSettingsFrom(env: Environment): DatabaseSettings {
  return explained(() => readSettings(databaseSettingsSchema, env));
}

/** @throws OperatorError naming every variable that is missing or does not fit */
export function salesDatabaseSettingsFrom(env: Environment): Static<typeof salesDatabaseSettingsSchema> {
  return explained(() => readSettings(salesDatabaseSettingsSchema, env));
}

/** @throws OperatorError naming every variable that is missing or does not fit */
export function signingSettingsFrom(env: Environment): Static<typeof signingSettingsSchema> {
  return explained(() => readSettings(signingSettingsSchema, env));
}

/** @throws OperatorError naming every variable that is missing or does not fit */
export function demoSettingsFrom(env: Environment): DemoSettings {
  return explained(() => readSettings(demoSettingsSchema, env));
}

/** @throws SettingsError naming every variable that is missing or does not fit */
export function settingsFrom(env: Environment): Static<typeof settingsSchema> {
  return readSettings(settingsSchema, env);
}

function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new OperatorError(
      `No Waybill runs from this folder: start it with npm start. For another one: ${error.problems.join('; ')}.`,
      { code: 'NO_WAYBILL', cause: error },
    );
  }
}
