import { expect, it } from 'vitest';
import { settingsFrom } from './config.ts';

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
])('refuses %s=%s by name', (name, value) => {
  expect(() => settingsFrom({ ...least, [name]: value })).toThrow(name);
});
