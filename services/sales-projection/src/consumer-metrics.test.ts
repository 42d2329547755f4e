import type { ConsumerStatus } from '@waybill/inbox';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { addConsumerMetrics } from './consumer-metrics.ts';

const young: ConsumerStatus = {
  group: 'g',
  state: 'joining',
  failing: [],
  lag: [],
  ageMs: undefined,
  sinceStart: { batches: 0, applied: 0, kept: 0, skipped: 0, deadLetters: 0, diverged: 0 },
  progressAgeMs: 500,
  stored: undefined,
};

test('what the consumer says of itself can be scraped, and what it does not know is not zero', async () => {
  let status = young;
  const registry = new Registry();
  addConsumerMetrics(registry, () => status);
  expect(await registry.metrics()).not.toMatch(
    /^waybill_consumer_(dead_letters|open_gaps|event_age_seconds) /m,
  );

  status = {
    ...young,
    ageMs: 1_500,
    lag: [{ topic: 't', partition: 3, lag: 7 }],
    sinceStart: { ...young.sinceStart, applied: 5, deadLetters: 1 },
    stored: {
      kept: 2,
      gaps: {
        open: 21,
        oldest: [{ key: 'k', appliedVersion: 0, waitingVersion: 2, since: '2026-01-31T12:00:00Z' }],
      },
      stopped: [],
      deadLetters: { waiting: 1, uncopied: 0 },
    },
  };
  const scrape = await registry.metrics();
  for (const line of [
    'waybill_consumer_lag_messages{topic="t",partition="3"} 7',
    'waybill_consumer_event_age_seconds 1.5',
    'waybill_consumer_progress_age_seconds 0.5',
    'waybill_consumer_kept_events 2',
    'waybill_consumer_open_gaps 21',
    'waybill_consumer_stopped_keys 0',
    'waybill_consumer_dead_letters 1',
    'waybill_consumer_events_total{outcome="applied"} 5',
    'waybill_consumer_events_total{outcome="dead"} 1',
  ]) {
    expect(scrape).toContain(`${line}\n`);
  }
});
