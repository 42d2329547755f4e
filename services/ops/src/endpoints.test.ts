import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { demoSettingsFrom, kafkaSettingsFrom } from './config.ts';
import { withLocalEndpoints } from './endpoints.ts';
import { OperatorError } from './operator-error.ts';

const endpoints = {
  api: 'http://127.0.0.1:3000',
  kafkaBrokers: ['127.0.0.1:59092', '127.0.0.1:59093'],
  redisUrl: 'redis://127.0.0.1:56379',
  management: {},
  databases: { orders: 'postgres://ops:secret@h/waybill', sales: 'postgres://ops:secret@h/waybill_sales' },
};

describe('where the command finds Waybill', () => {
  let folder: string;
  beforeEach(() => {
    folder = `${mkdtempSync(join(tmpdir(), 'waybill-ops-'))}/`;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is what npm start wrote', () => {
    writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(endpoints));
    const env = withLocalEndpoints({ HOME: '/h', KAFKA_BROKERS: '' }, folder);

    expect(kafkaSettingsFrom(env)).toEqual({
      brokers: endpoints.kafkaBrokers,
      clientId: 'waybill',
      requestTimeoutMs: 5_000,
    });
    expect(env['WAYBILL_SIGNING_KEY_FILE']).toBe(`${folder}keys/private.jwk.json`);
    expect(demoSettingsFrom(env)).toEqual({
      WAYBILL_API_URL: endpoints.api,
      WAYBILL_DATABASE_URL: endpoints.databases.orders,
      WAYBILL_SALES_DATABASE_URL: endpoints.databases.sales,
      WAYBILL_TOKEN_FILE: `${folder}operator-token`,
      KAFKA_GROUP: 'sales-projection',
    });
  });

  test('is what the environment says, where it says something', () => {
    writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(endpoints));

    expect(kafkaSettingsFrom(withLocalEndpoints({ KAFKA_BROKERS: 'k:1' }, folder))).toMatchObject({
      brokers: ['k:1'],
    });
  });

  test('is unknown when nothing runs: the sentence names npm start and the variables, and no secret', () => {
    const env = withLocalEndpoints({ WAYBILL_API_URL: 'nonsense', WAYBILL_DATABASE_URL: 'secret' }, folder);

    expect(() => kafkaSettingsFrom(env)).toThrow(OperatorError);
    expect(() => kafkaSettingsFrom(env)).toThrow(/npm start.*KAFKA_BROKERS is not set/);
    expect(() => demoSettingsFrom(env)).toThrow(/WAYBILL_API_URL.*WAYBILL_SALES_DATABASE_URL is not set/);
    expect(() => demoSettingsFrom(env)).not.toThrow(/secret/);
  });

  test.each(['{', '{"api":1}', '[]'])('is not taken from a file that says %s', (text) => {
    writeFileSync(join(folder, 'endpoints.json'), text);

    expect(() => withLocalEndpoints({}, folder)).toThrow(/remove it and run npm start/);
  });
});
