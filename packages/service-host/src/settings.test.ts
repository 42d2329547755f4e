import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { hostSettings, readSettings, SettingsError, secret } from './settings.ts';

const schema = Type.Object({
  ...hostSettings({ managementPort: 3010 }),
  DATABASE_URL: secret({ default: 'postgres://waybill_api:waybill_api@127.0.0.1:55432/waybill' }),
  KAFKA_BROKERS: Type.Array(Type.String(), { minItems: 1, default: ['127.0.0.1:59092'] }),
  TIMEOUT_MS: Type.Integer({ minimum: 1, default: 5000 }),
  RATIO: Type.Optional(Type.Number({ maximum: 1 })),
  TRACING: Type.Boolean({ default: false }),
  JWT_ISSUER: Type.String({ minLength: 1 }),
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(schema, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('given variables that fit', () => {
  test('text becomes numbers, booleans and lists, and the rest keeps its default', () => {
    const settings = readSettings(schema, {
      JWT_ISSUER: 'waybill-local',
      KAFKA_BROKERS: 'a:1, b:2,',
      TIMEOUT_MS: '250',
      RATIO: '0.5',
      TRACING: 'true',
      UNRELATED: 'x',
    });
    expect(settings).toEqual({
      WAYBILL_ENV: 'development',
      LOG_LEVEL: 'info',
      MANAGEMENT_HOST: '127.0.0.1',
      MANAGEMENT_PORT: 3010,
      DATABASE_URL: 'postgres://waybill_api:waybill_api@127.0.0.1:55432/waybill',
      KAFKA_BROKERS: ['a:1', 'b:2'],
      TIMEOUT_MS: 250,
      RATIO: 0.5,
      TRACING: true,
      JWT_ISSUER: 'waybill-local',
    });
  });

  test('an optional variable may be absent and an empty one counts as absent', () => {
    const settings = readSettings(schema, { JWT_ISSUER: 'i', RATIO: '', TIMEOUT_MS: '' });
    expect(settings.RATIO).toBeUndefined();
    expect(settings.TIMEOUT_MS).toBe(5000);
  });
});

describe('given variables that do not fit', () => {
  test('one message names every one of them, with its value', () => {
    expect(
      problemsOf({ TIMEOUT_MS: '5s', TRACING: '1', RATIO: '2', LOG_LEVEL: 'loud', MANAGEMENT_PORT: '70000' }),
    ).toEqual([
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent (it is "loud")',
      'MANAGEMENT_PORT must be <= 65535 (it is "70000")',
      'TIMEOUT_MS must be integer (it is "5s")',
      'RATIO must be <= 1 (it is "2")',
      'TRACING must be boolean (it is "1")',
      'JWT_ISSUER is not set',
    ]);
  });

  test.each(['0x10', '1e3', ' 7', '7.0', '--7'])('%j is no integer', (text) => {
    expect(problemsOf({ JWT_ISSUER: 'i', TIMEOUT_MS: text })).toHaveLength(1);
  });

  test('a list without an entry is refused', () => {
    expect(problemsOf({ JWT_ISSUER: 'i', KAFKA_BROKERS: ' , ' })).toHaveLength(1);
  });
});

describe('given a secret', () => {
  test.each(['development', 'test'])('in %s its default serves', (environment) => {
    expect(problemsOf({ WAYBILL_ENV: environment, JWT_ISSUER: 'i' })).toEqual([]);
  });

  test.each(['production', 'Production', 'staging'])('in %s it has to be set', (environment) => {
    expect(problemsOf({ WAYBILL_ENV: environment, JWT_ISSUER: 'i' })).toContain(
      'DATABASE_URL is not set; outside development and test a secret has no default',
    );
  });

  test('its value stays out of the message', () => {
    const keyed = Type.Object({ TOKEN: Type.String({ pattern: '^t_', secret: true }) });
    expect(() => readSettings(keyed, { TOKEN: 'hunter2' })).toThrow(/TOKEN must match.*not shown/);
    expect(() => readSettings(keyed, { TOKEN: 'hunter2' })).not.toThrow(/hunter2/);
  });
});
