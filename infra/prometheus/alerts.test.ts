import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repositoryRoot } from '../local/repository-root.ts';
import { seriesOfEveryService } from './series-of-every-service.fixture.ts';

/** As Prometheus reads rule files, and a little stricter: what each alert has to tell whoever it wakes. */
const RuleFile = Type.Object(
  {
    groups: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          rules: Type.Array(
            Type.Object(
              {
                alert: Type.String({ pattern: '^Waybill[A-Za-z]+$' }),
                expr: Type.String({ minLength: 5 }),
                for: Type.Optional(Type.String({ pattern: '^[1-9][0-9]*(s|m|h)$' })),
                labels: Type.Object({ severity: Type.Union([Type.Literal('page'), Type.Literal('ticket')]) }),
                annotations: Type.Object(
                  { summary: Type.String({ minLength: 10 }), action: Type.String({ minLength: 5 }) },
                  { additionalProperties: false },
                ),
              },
              { additionalProperties: false },
            ),
            { minItems: 1 },
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);

const functions = new Set(
  'absent avg count histogram_quantile increase max min rate sum time vector'.split(' '),
);
const keywords = new Set('and or unless by without offset on ignoring'.split(' '));
const labels = new Set('instance le name pool reason route status topic outcome'.split(' '));

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.yml'));
const rules = files.flatMap((file) => {
  const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
  const { groups } = Value.Parse(RuleFile, parse(text));
  return groups.flatMap((group) => group.rules.map((rule) => ({ file, ...rule })));
});

const series = seriesOfEveryService();
const dashboards = readdirSync(path.join(repositoryRoot, 'infra/grafana')).filter((name) =>
  name.endsWith('.json'),
);

function metricsIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:waybill|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
}

/** The brackets of a text, without the pairs. */
function leftOpen(text: string): string {
  let brackets = text.replaceAll(/[^()[\]{}]/g, '');
  for (let before = ''; before !== brackets; ) {
    before = brackets;
    brackets = brackets.replaceAll(/\(\)|\[\]|\{\}/g, '');
  }
  return brackets;
}

describe('the alerts', () => {
  it('of every service are read, and each has a name of its own', () => {
    expect(files).toHaveLength(3);
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(rules)('$alert closes what it opens and asks in words that Prometheus knows', ({ expr }) => {
    const unquoted = expr.replaceAll(/"[^"]*"/g, '""');
    expect(leftOpen(unquoted)).toBe('');
    for (const [, duration = ''] of unquoted.matchAll(/\[([^\]]*)\]/g)) {
      expect(duration).toMatch(/^[1-9][0-9]*[smh]$/);
    }
    const words = [...unquoted.replaceAll(/\b\d+[smh]\b/g, '').matchAll(/[a-z_]+/gi)].map(([word]) => word);
    const unknown = words.filter(
      (word) => !functions.has(word) && !keywords.has(word) && !labels.has(word) && !series.has(word),
    );
    expect(unknown).toEqual([]);
  });

  it.each(rules)('$alert shows labels that its expression keeps', ({ expr, annotations }) => {
    const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    const aggregated = /\b(sum|max|min|avg|count) /.test(expr) || /\b(sum|max|min|avg|count)\(/.test(expr);
    const kept = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '));
    expect(aggregated ? shown.filter((label) => !kept.includes(label)) : []).toEqual([]);
  });

  it.each(rules)('$alert sends whom it wakes to metrics that there are', ({ annotations }) => {
    const named = metricsIn(`${annotations.summary} ${annotations.action}`);
    expect(named.filter((name) => !series.has(name) && !series.has(`${name}_bucket`))).toEqual([]);
  });
});

it.each(dashboards)('%s asks for series that a service shows', (file) => {
  const asked = metricsIn(readFileSync(path.join(repositoryRoot, 'infra/grafana', file), 'utf8'));
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !series.has(name))).toEqual([]);
});
