import { SettingsError } from '@waybill/service-host';
import { expect, test } from 'vitest';
import { settingsFrom } from './config.ts';

test('in development every variable has a default', () => {
  expect(settingsFrom({})).toMatchObject({
    WAYBILL_ENV: 'development',
    DATABASE_URL: 'postgres://waybill_sales:waybill_sales@127.0.0.1:55432/waybill_sales',
    KAFKA_BROKERS: ['127.0.0.1:59092'],
    KAFKA_GROUP: 'sales-projection',
    MANAGEMENT_PORT: 3012,
  });
});

test('in production the database has to be named', () => {
  expect(() => settingsFrom({ WAYBILL_ENV: 'production' })).toThrow(SettingsError);
  expect(() => settingsFrom({ WAYBILL_ENV: 'production' })).toThrow(/DATABASE_URL/);
});
