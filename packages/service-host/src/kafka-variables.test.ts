import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { kafkaAccessFrom, kafkaVariables } from './kafka-variables.ts';
import { readSettings } from './settings.ts';

const schema = Type.Object(kafkaVariables);
const read = (env: Record<string, string>) => kafkaAccessFrom(readSettings(schema, env));

const brokers = ['127.0.0.1:59092'];
const sasl = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'relay',
  KAFKA_SASL_PASSWORD: 'open sesame',
};

test('the brokers are those that were named', () => {
  expect(read({ KAFKA_BROKERS: 'a:9092,b:9092' })).toEqual({ brokers: ['a:9092', 'b:9092'] });
});

describe('how a service shows Kafka who it is', () => {
  test('is nothing, in production too, when nothing is set', () => {
    expect(read({ WAYBILL_ENV: 'production' })).toEqual({ brokers });
  });

  test('is mechanism, name and password, and TLS where asked for', () => {
    const credentials = { mechanism: 'scram-sha-512', username: 'relay', password: 'open sesame' };
    expect(read(sasl)).toEqual({ brokers, sasl: credentials });
    expect(read({ ...sasl, KAFKA_TLS: 'true' })).toEqual({ brokers, sasl: credentials, tls: {} });
    expect(read({ KAFKA_TLS: 'true' })).toEqual({ brokers, tls: {} });
  });

  test.each(Object.keys(sasl))('is refused without %s, in a sentence that shows no password', (missing) => {
    const incomplete = { ...sasl, [missing]: '' };
    expect(() => read(incomplete)).toThrow(`${missing} is not set`);
    expect(() => read(incomplete)).not.toThrow('sesame');
  });

  test('is refused with a mechanism that no adapter speaks', () => {
    expect(() => read({ ...sasl, KAFKA_SASL_MECHANISM: 'gssapi' })).toThrow(/must be one of plain, scram/);
  });
});
