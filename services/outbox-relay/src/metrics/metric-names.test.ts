import { readFileSync } from 'node:fs';
import path from 'node:path';
import { processMetrics } from '@waybill/service-host';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repositoryRoot } from '../../../../infra/local/repository-root.ts';
import { registerOutboxMetrics } from './outbox-metrics.ts';
import { RelayMetrics } from './relay-metrics.ts';
import { registerStatusMetrics } from './status-metrics.ts';

function read(file: string): string {
  return readFileSync(path.join(repositoryRoot, file), 'utf8');
}

const alerts = read('infra/prometheus/waybill-relay-alerts.yml');
const dashboard = read('infra/grafana/waybill-relay.json');
const operations = read('docs/operations.md');

/** Names of the metrics that a text speaks of. */
function namesIn(text: string): Set<string> {
  const words = text.matchAll(/\b(?:waybill_(?:outbox|relay)|process|nodejs)_[a-z0-9_]+\b/g);
  return new Set([...words].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')));
}

/** Names of the metrics that a relay shows. */
async function shown(): Promise<Set<string>> {
  const registry = processMetrics();
  new RelayMetrics(registry, () => Promise.resolve([]));
  registerStatusMetrics(
    registry,
    () => ({ state: 'stopped' }),
    () => 31_000,
  );
  registerOutboxMetrics({
    registry,
    read: () => Promise.resolve([]),
    logger: pino({ level: 'silent' }),
    monotonic: () => 0,
  });
  const lines = (await registry.metrics()).split('\n');
  return new Set(lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
}

describe('every metric', () => {
  it.each([
    ['the alerts', alerts],
    ['the dashboard', dashboard],
  ])('that %s speak of is shown', async (_what, text) => {
    const spokenOf = namesIn(text);
    expect(spokenOf.size).toBeGreaterThan(5);
    expect([...spokenOf.difference(await shown())]).toEqual([]);
  });

  it('of the outbox and the relay is explained to operators, and no other is', async () => {
    const ours = [...(await shown())].filter((name) => name.startsWith('waybill_'));
    const explained = [...operations.matchAll(/^\| `(waybill_(?:outbox|relay)_[a-z_]+)` +\|/gm)].map(
      ([, name]) => name,
    );
    expect(new Set(explained)).toEqual(new Set(ours));
    expect(explained).toHaveLength(ours.length);
  });
});

describe('the alerts', () => {
  it('are rules of Prometheus, each with what to do', () => {
    const { groups } = parse(alerts);
    const rules = groups.flatMap((group: { rules: unknown[] }) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    for (const rule of rules) {
      expect(rule).toMatchObject({
        alert: expect.stringMatching(/^Waybill[A-Z]/),
        expr: expect.any(String),
        labels: { severity: expect.stringMatching(/^(page|ticket)$/) },
        annotations: { summary: expect.any(String), action: expect.any(String) },
      });
    }
  });
});

it('the dashboard is JSON with a query in every panel', () => {
  const { panels } = JSON.parse(dashboard);
  for (const panel of panels) expect(panel.targets.length).toBeGreaterThan(0);
});
