import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../../../infra/local/repository-root.ts';
import type { CanarySighting } from '../canary/canary.sql.ts';
import { JobsMetrics, type JobsFacts, registerJobsGauges } from './jobs-metrics.ts';

const sighting: CanarySighting = {
  writtenAgoMs: 4_000,
  seenAgoMs: 3_500,
  tookMs: 12,
  underWay: null,
  underWayMs: null,
  missing: 1,
};
const here: JobsFacts = {
  report: { state: { kind: 'ok' }, sighting, standsAt: null },
  isCanaryOverdue: false,
  isDatabaseHere: true,
  isRedisHere: true,
};

async function scrape(facts: JobsFacts): Promise<string[]> {
  const registry = new Registry();
  const metrics = new JobsMetrics(registry);
  registerJobsGauges(registry, () => facts);
  metrics.canariesSeen([12, 700]);
  metrics.runEnded({ job: 'forget', id: '1', outcome: 'done' });
  return (await registry.metrics()).split('\n');
}

describe('the metrics of the jobs', () => {
  it('tell how long canaries take and what runs came to', async () => {
    expect(await scrape(here)).toEqual(
      expect.arrayContaining([
        'waybill_canary_overdue 0',
        'waybill_canary_last_seconds 0.012',
        'waybill_canary_last_seen_age_seconds 3.5',
        'waybill_canary_missing 1',
        'waybill_canary_passage_seconds_bucket{le="0.025"} 1',
        'waybill_canary_passage_seconds_count 2',
        'waybill_jobs_runs_total{job="forget",outcome="done"} 1',
        'waybill_jobs_redis_up 1',
      ]),
    );
  });

  it('are absent and not zero while nothing can be known, but for the alarm', async () => {
    const lines = await scrape({ ...here, report: undefined, isCanaryOverdue: true, isDatabaseHere: false });
    expect(lines).toEqual(expect.arrayContaining(['waybill_canary_overdue 1', 'waybill_jobs_database_up 0']));
    expect(lines.filter((line) => /^waybill_canary_(last|missing)/.test(line))).toEqual([]);
  });

  it.each(['infra/prometheus/waybill-jobs-alerts.yml', 'docs/operations.md'])(
    'are those that %s speaks of',
    async (file) => {
      const text = readFileSync(path.join(repositoryRoot, file), 'utf8');
      const spokenOf = new Set(
        [...text.matchAll(/\bwaybill_(?:canary|jobs)_[a-z_]+\b/g)].map(([name]) => name),
      );
      const shown = new Set((await scrape(here)).flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
      expect(spokenOf.size).toBeGreaterThan(2);
      expect([...spokenOf.difference(shown)]).toEqual([]);
    },
  );
});
