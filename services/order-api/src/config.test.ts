import { expect, it } from 'vitest';
import { groupsFrom, ormSettingsFrom, protectionFrom, reportSettingsFrom, settingsFrom } from './config.ts';

const least = {
  PUBLIC_URL: 'https://orders.example',
  JWKS_URL: 'file:///keys/jwks.json',
  JWT_ISSUER: 'us',
  JWT_AUDIENCE: 'waybill',
};

it('needs little in development', () => {
  expect(settingsFrom(least)).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, MANAGEMENT_PORT: 3010 });
});

it('has no default for a secret in production', () => {
  expect(() => settingsFrom({ ...least, WAYBILL_ENV: 'production' })).toThrow(/DATABASE_URL[^]*REDIS_URL/);
});

it.each([
  ['PUBLIC_URL', 'https://orders.example/'],
  ['PUBLIC_URL', 'orders.example'],
  ['JWKS_URL', 'ftp://keys.example/jwks'],
  ['PORT', '70000'],
  ['JWT_ISSUER', ''],
  ['DATABASE_POOL_SIZE', '0'],
  ['DATABASE_CONNECTION_TIMEOUT_MS', '0'],
])('refuses %s=%s by name', (name, value) => {
  expect(() => settingsFrom({ ...least, [name]: value })).toThrow(name);
});

it.each([
  ['DATABASE_POOL_MIN', { pool: { min: 7 } }],
  ['DATABASE_POOL_SIZE', { pool: { max: 7 } }],
  ['DATABASE_CONNECTION_TIMEOUT_MS', { pool: { connectionTimeoutMs: 7 } }],
  ['DATABASE_IDLE_TIMEOUT_MS', { pool: { idleTimeoutMs: 7 } }],
  ['DATABASE_MAX_LIFETIME_MS', { pool: { maxLifetimeMs: 7 } }],
  ['DATABASE_VALIDATE_AFTER_IDLE_MS', { pool: { validateAfterIdleMs: 7 } }],
  ['DATABASE_STATEMENT_TIMEOUT_MS', { statementTimeoutMs: 7 }],
  ['DATABASE_QUERY_TIMEOUT_MS', { queryTimeoutMs: 7 }],
])('takes %s to the database’s connections', (name, expected) => {
  expect(ormSettingsFrom(settingsFrom({ ...least, [name]: '7' }))).toMatchObject(expected);
});

it.each([
  ['DATABASE_READ_URL', 'postgres://replica/waybill', { databaseUrl: 'postgres://replica/waybill' }],
  ['DATABASE_URL', 'postgres://primary/waybill', { databaseUrl: 'postgres://primary/waybill' }],
  ['DATABASE_READ_POOL_SIZE', '7', { pool: { max: 7 } }],
  ['DATABASE_POOL_SIZE', '7', { pool: { max: 2 } }],
  ['DATABASE_READ_STATEMENT_TIMEOUT_MS', '7', { statementTimeoutMs: 7, queryTimeoutMs: 10_000 }],
  ['DATABASE_READ_STATEMENT_TIMEOUT_MS', '60000', { statementTimeoutMs: 60_000, queryTimeoutMs: 65_000 }],
])('takes %s=%s to the reports’ connections', (name, value, expected) => {
  expect(reportSettingsFrom(settingsFrom({ ...least, [name]: value }))).toMatchObject(expected);
});

it.each([
  ['ORDER_GROUP_SIZE', { groupSize: 7 }],
  ['ORDER_GROUPS_AT_ONCE', { groupsAtOnce: 7 }],
  ['ORDER_QUEUE_LIMIT', { waitingAtMost: 7 }],
])('takes %s to the groups of orders', (name, expected) => {
  expect(groupsFrom(settingsFrom({ ...least, [name]: '7' }))).toMatchObject(expected);
});

it.each([
  ['HTTP_HEADERS_TIMEOUT_MS', { timeouts: { headersMs: 7 } }],
  ['HTTP_REQUEST_TIMEOUT_MS', { timeouts: { requestMs: 7 } }],
  ['HTTP_KEEP_ALIVE_TIMEOUT_MS', { timeouts: { keepAliveMs: 7 } }],
  ['EVENT_LOOP_DELAY_LIMIT_MS', { maxEventLoopDelayMs: 7 }],
  ['TRUSTED_PROXIES', { trustedProxies: ['7'] }],
])('takes %s to the protection', (name, expected) => {
  expect(protectionFrom(settingsFrom({ ...least, [name]: '7' }))).toMatchObject(expected);
});
