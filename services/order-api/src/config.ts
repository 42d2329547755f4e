import { type Environment, hostSettings, readSettings, secret } from '@waybill/service-host';
import { Type } from 'typebox';

export const settingsSchema = Type.Object({
  ...hostSettings({ managementPort: 3010 }),
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 3000, minimum: 0, maximum: 65_535 }),
  PUBLIC_URL: Type.String({
    pattern: '^https?://[^/].*[^/]$',
    description:
      'where clients reach this service, without a slash at its end; stands in problems and events',
  }),
  DATABASE_URL: secret({
    default: 'postgres://waybill_api:waybill_api@127.0.0.1:55432/waybill',
    description: 'the order database, as waybill_api',
  }),
  DATABASE_POOL_SIZE: Type.Integer({ default: 10, minimum: 1, maximum: 200 }),
  DATABASE_STATEMENT_TIMEOUT_MS: Type.Integer({ default: 5_000, minimum: 1 }),
  DATABASE_QUERY_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 1,
    description: 'above the statement timeout: the server has not answered at all',
  }),
  REDIS_URL: secret({ default: 'redis://127.0.0.1:56379', description: 'for the doorbell only' }),
  JWKS_URL: Type.String({
    pattern: '^(https?|file):',
    description: 'the keys that tokens are checked against',
  }),
  JWT_ISSUER: Type.String({ minLength: 1 }),
  JWT_AUDIENCE: Type.String({ minLength: 1 }),
});

export type OrderApiSettings = Type.Static<typeof settingsSchema>;

/** @throws SettingsError naming every variable that is missing or does not fit */
export function settingsFrom(env: Environment): OrderApiSettings {
  return readSettings(settingsSchema, env);
}
