import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../../../infra/local/repository-root.ts';
import { settingsSchema } from '../config.ts';
import { observabilityOf } from './observability.ts';

function read(file: string): string {
  return readFileSync(path.join(repositoryRoot, file), 'utf8');
}

const operations = read('docs/order-api-operations.md');

/** Names of the service's metrics that a text speaks of. */
function namesIn(text: string): Set<string> {
  const names = [...text.matchAll(/\bwaybill_api_[a-z_]+\b/g)].map(([name]) => name);
  return new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
}

function shown(): Set<string> {
  const registry = new Registry();
  observabilityOf({
    registry,
    tracing: { state: 'off' },
    logger: pino({ level: 'silent' }),
    slowStatementMs: 1,
    monotonic: () => 0,
  });
  return new Set(registry.getMetricsAsArray().map(({ name }) => name));
}

describe('every metric', () => {
  it.each(['infra/prometheus/waybill-api-alerts.yml', 'infra/grafana/waybill-api.json'])(
    'that %s speaks of is shown',
    (file) => {
      const spokenOf = namesIn(read(file));
      expect(spokenOf.size).toBeGreaterThan(5);
      expect([...spokenOf.difference(shown())]).toEqual([]);
    },
  );

  it('is explained to operators once, and no other is', () => {
    const explained = [...operations.matchAll(/^\| `(waybill_api_[a-z_]+)` *\|/gm)].map(
      ([, name = '']) => name,
    );
    expect(explained.toSorted()).toEqual([...shown()].toSorted());
  });
});

it('every setting is explained to operators, with its default', () => {
  const own = Object.entries(settingsSchema.properties).filter(([name]) =>
    /^(DATABASE_(?!URL)|HTTP_|ORDER_|RATE_|EVENT_|TRUSTED_|OTEL_)/.test(name),
  );
  expect(own.length).toBeGreaterThan(15);
  const explained = new Map(
    [...operations.matchAll(/^\| `([A-Z_]+)` *\| ([^|]+?) *\|/gm)].map(([, name, value]) => [name, value]),
  );
  const defaults = own.map(([name, property]) => {
    const value: unknown = 'default' in property ? property.default : undefined;
    return [name, typeof value === 'number' ? String(value) : explained.get(name)];
  });
  expect(own.map(([name]) => [name, explained.get(name)])).toEqual(defaults);
  expect(own.filter(([name]) => !explained.has(name))).toEqual([]);
});
