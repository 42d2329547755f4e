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
  findings: new Map([
    ['partitions', 0],
    ['reconcile', 2],
  ]),
  isDatabaseHere: true,
  isRedisHere: true,
};

async function scrape(facts: JobsFacts): Promise<string[]> {
  const registry = new Registry();
  const metrics = new JobsMetrics(registry, ['forget', 'reconcile']);
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
        'waybill_jobs_runs_total{name="forget",outcome="done"} 1',
        'waybill_jobs_findings{name="partitions"} 0',
        'waybill_jobs_findings{name="reconcile"} 2',
        'waybill_jobs_redis_up 1',
      ]),
    );
  });

  it('count the runs of every job from the start, so that the first failure shows as an increase', async () => {
    const counts = (await scrape(here)).filter((line) => line.startsWith('waybill_jobs_runs_total'));
    const others = ['done', 'again', 'failed', 'interrupted', 'lost'].flatMap((outcome) =>
      ['forget', 'reconcile'].map((job) => `{name="${job}",outcome="${outcome}"} 0`),
    );
    const expected = ['{name="forget",outcome="done"} 1', ...others.slice(1)];
    expect(counts.toSorted()).toEqual(expected.map((line) => `waybill_jobs_runs_total${line}`).toSorted());
  });

  it('are absent and not zero while nothing can be known, but for the alarm', async () => {
    const lines = await scrape({
      ...here,
      report: undefined,
      findings: undefined,
      isCanaryOverdue: true,
      isDatabaseHere: false,
    });
    expect(lines).toEqual(expect.arrayContaining(['waybill_canary_overdue 1', 'waybill_jobs_database_up 0']));
    expect(lines.filter((line) => /^waybill_(canary_(last|missing)|jobs_findings)/.test(line))).toEqual([]);
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
