import {
  type Environment,
  hostSettings,
  readSettings,
  secret,
  tracingVariables,
} from '@waybill/service-host';
import { Type } from 'typebox';
import type { Protection } from './http/protection/protection.ts';
import type { OrderOrmSettings } from './persistence/orm.ts';
import type { GroupLimits } from './use-cases/group-queue.ts';

export const settingsSchema = Type.Object({
  ...hostSettings({ managementPort: 3010 }),
  ...tracingVariables,
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 3000, minimum: 0, maximum: 65_535 }),
  PUBLIC_URL: Type.String({
    pattern: '^https?://[^/].*[^/]$',
    description:
      'where clients reach this service, without a slash at its end; stands in problems and events',
  }),
  HTTP_HEADERS_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 1,
    description: 'within which the head of a request has to be there',
  }),
  HTTP_REQUEST_TIMEOUT_MS: Type.Integer({
    default: 15_000,
    minimum: 1,
    description: 'within which the whole request has to be there, its body included',
  }),
  HTTP_KEEP_ALIVE_TIMEOUT_MS: Type.Integer({
    default: 72_000,
    minimum: 1,
    description: 'for the next request on a connection; above that of a load balancer',
  }),
  TRUSTED_PROXIES: Type.Array(Type.String(), {
    default: [],
    description: 'addresses or networks whose x-forwarded-for is believed',
  }),
  EVENT_LOOP_DELAY_LIMIT_MS: Type.Integer({
    default: 1_000,
    minimum: 0,
    description: 'above it requests are answered 503 until the event loop has caught up; 0: never',
  }),
  RATE_LIMIT_PER_MINUTE: Type.Integer({
    default: 60_000,
    minimum: 0,
    description: 'requests of one principal over all processes; 0: no limit',
  }),
  DATABASE_URL: secret({
    default: 'postgres://waybill_api:waybill_api@127.0.0.1:55432/waybill',
    description: 'the order database, as waybill_api',
  }),
  DATABASE_POOL_MIN: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 200,
    description: 'connections kept though idle, once they were needed',
  }),
  DATABASE_POOL_SIZE: Type.Integer({ default: 10, minimum: 1, maximum: 200, description: 'at most' }),
  DATABASE_CONNECTION_TIMEOUT_MS: Type.Integer({
    default: 2_000,
    minimum: 1,
    description: 'for a free place in the pool, and for a new connection',
  }),
  DATABASE_IDLE_TIMEOUT_MS: Type.Integer({ default: 10_000, minimum: 1 }),
  DATABASE_MAX_LIFETIME_MS: Type.Integer({
    default: 1_800_000,
    minimum: 0,
    description: 'after which a connection is replaced when it is free; 0: never',
  }),
  DATABASE_VALIDATE_AFTER_IDLE_MS: Type.Integer({
    default: 5_000,
    minimum: 0,
    description: 'a connection that rested for longer is asked whether it answers before it is used',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: Type.Integer({
    default: 5_000,
    minimum: 0,
    description: '0 sends no limit and leaves it to the role: behind pgbouncer in transaction mode',
  }),
  DATABASE_QUERY_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 1,
    description: 'above the statement timeout: the server has not answered at all',
  }),
  DATABASE_SLOW_STATEMENT_MS: Type.Integer({
    default: 500,
    minimum: 0,
    description: 'a statement that takes as long is logged, without the values in it',
  }),
  DATABASE_READ_URL: Type.Optional(
    secret({ description: 'where reports are read, perhaps a replica; DATABASE_URL when not set' }),
  ),
  DATABASE_READ_POOL_SIZE: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 200,
    description: 'connections for reports at most, beside those of DATABASE_POOL_SIZE',
  }),
  DATABASE_READ_STATEMENT_TIMEOUT_MS: Type.Integer({ default: 30_000, minimum: 0 }),
  ORDER_GROUP_SIZE: Type.Integer({
    default: 32,
    minimum: 1,
    maximum: 100,
    description: 'orders that share a unit of work at most; 1 gives each its own',
  }),
  ORDER_GROUPS_AT_ONCE: Type.Integer({ default: 1, minimum: 1, maximum: 200 }),
  ORDER_QUEUE_LIMIT: Type.Integer({
    default: 1_024,
    minimum: 1,
    description: 'orders that may wait for a group; those beyond are answered 503',
  }),
  REDIS_URL: secret({
    default: 'redis://127.0.0.1:56379',
    description: 'for the doorbell and for counting rates; both can do without',
  }),
  JWKS_URL: Type.String({
    pattern: '^(https?|file):',
    description: 'the keys that tokens are checked against',
  }),
  JWT_ISSUER: Type.String({ minLength: 1 }),
  JWT_AUDIENCE: Type.String({ minLength: 1 }),
});

export type OrderApiSettings = Type.Static<typeof settingsSchema>;

export function ormSettingsFrom(settings: OrderApiSettings): OrderOrmSettings {
  return {
    databaseUrl: settings.DATABASE_URL,
    pool: {
      min: settings.DATABASE_POOL_MIN,
      max: settings.DATABASE_POOL_SIZE,
      connectionTimeoutMs: settings.DATABASE_CONNECTION_TIMEOUT_MS,
      idleTimeoutMs: settings.DATABASE_IDLE_TIMEOUT_MS,
      maxLifetimeMs: settings.DATABASE_MAX_LIFETIME_MS,
      validateAfterIdleMs: settings.DATABASE_VALIDATE_AFTER_IDLE_MS,
    },
    statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
    queryTimeoutMs: settings.DATABASE_QUERY_TIMEOUT_MS,
  };
}

/** The connections for reports: few, and patient with a statement that reads everything. */
export function reportSettingsFrom(settings: OrderApiSettings): OrderOrmSettings {
  const orders = ormSettingsFrom(settings);
  const statementTimeoutMs = settings.DATABASE_READ_STATEMENT_TIMEOUT_MS;
  return {
    databaseUrl: settings.DATABASE_READ_URL ?? orders.databaseUrl,
    pool: { ...orders.pool, min: 0, max: settings.DATABASE_READ_POOL_SIZE },
    statementTimeoutMs,
    queryTimeoutMs: Math.max(orders.queryTimeoutMs, statementTimeoutMs + 5_000),
  };
}

/** How orders that arrive together share a unit of work. */
export function groupsFrom(settings: OrderApiSettings): GroupLimits {
  return {
    groupSize: settings.ORDER_GROUP_SIZE,
    groupsAtOnce: settings.ORDER_GROUPS_AT_ONCE,
    waitingAtMost: settings.ORDER_QUEUE_LIMIT,
  };
}

/** In ms. `runService` gives closing eight seconds; the last of them is for answers and connections to end. */
const DRAIN_MS = 7_000;

export function protectionFrom(settings: OrderApiSettings): Omit<Protection, 'rateLimit' | 'observer'> {
  return {
    timeouts: {
      headersMs: settings.HTTP_HEADERS_TIMEOUT_MS,
      requestMs: settings.HTTP_REQUEST_TIMEOUT_MS,
      keepAliveMs: settings.HTTP_KEEP_ALIVE_TIMEOUT_MS,
      drainMs: DRAIN_MS,
    },
    maxEventLoopDelayMs: settings.EVENT_LOOP_DELAY_LIMIT_MS,
    trustedProxies: settings.TRUSTED_PROXIES,
  };
}

/** @throws SettingsError naming every variable that is missing or does not fit */
export function settingsFrom(env: Environment): OrderApiSettings {
  return readSettings(settingsSchema, env);
}
