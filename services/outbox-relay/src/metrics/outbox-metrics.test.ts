import type { LaneBacklog } from '@waybill/outbox/operations';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { backlogByTopic, registerOutboxMetrics } from './outbox-metrics.ts';

const lane: LaneBacklog = {
  lane: 1,
  topic: 'order_placed',
  partition: 0,
  pending: 0,
  oldestAgeMs: null,
  parked: 0,
  logGeneration: 0,
  isPaused: false,
  hasOwner: true,
};

/** Lines of the text format without comments, of metrics whose name begins with this. */
async function scrape(registry: Registry): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function metricsOf(read: () => Promise<readonly LaneBacklog[]>) {
  const registry = new Registry();
  const lines: string[] = [];
  let now = 0;
  const topics = registerOutboxMetrics({
    registry,
    read,
    logger: pino({}, { write: (line) => lines.push(JSON.parse(line).msg) }),
    monotonic: () => (now += 10_000),
  });
  return { registry, lines, topics };
}

it('takes the lanes of a topic together', () => {
  const topics = backlogByTopic([
    { ...lane, pending: 3, oldestAgeMs: 2_500, isPaused: true, logGeneration: 1 },
    { ...lane, lane: 2, pending: 4, oldestAgeMs: 900, parked: 2, hasOwner: false, logGeneration: 2 },
    { ...lane, lane: 3, topic: 'order_cancelled' },
  ]);
  expect(topics).toEqual([
    {
      topic: 'order_placed',
      pending: 7,
      oldestAgeMs: 2_500,
      parked: 2,
      unownedLanes: 1,
      pausedLanes: 1,
      logGenerations: 3,
    },
    {
      topic: 'order_cancelled',
      pending: 0,
      oldestAgeMs: 0,
      parked: 0,
      unownedLanes: 0,
      pausedLanes: 0,
      logGenerations: 0,
    },
  ]);
});

it('reads once for all gauges of a scrape, and knows the topics', async () => {
  let reads = 0;
  const { registry, topics } = metricsOf(async () => {
    reads += 1;
    return [{ ...lane, pending: 3, oldestAgeMs: 2_500 }];
  });
  const lines = await scrape(registry);
  expect(lines).toContain('waybill_outbox_pending_events{topic="order_placed"} 3');
  expect(lines).toContain('waybill_outbox_oldest_pending_age_seconds{topic="order_placed"} 2.5');
  expect(reads).toBe(1);
  expect(await topics()).toEqual(['order_placed']);
});

it('shows no gauge, rather than an old or a zero one, when the outbox cannot be read, and says so once', async () => {
  let isAway = false;
  const { registry, lines } = metricsOf(async () => {
    if (isAway) throw new Error('connect ECONNREFUSED');
    return [{ ...lane, pending: 3 }];
  });
  const before = await scrape(registry);
  const gaugesOf = (text: readonly string[]) => text.filter((line) => line.includes('topic='));
  expect(gaugesOf(before)).toHaveLength(6);

  isAway = true;
  expect(gaugesOf(await scrape(registry))).toEqual([]);
  const during = await scrape(registry);
  expect(gaugesOf(during)).toEqual([]);
  expect(during).toContain('waybill_outbox_read_failures_total 2');
  const observedAt = (text: readonly string[]) =>
    text.find((line) => line.startsWith('waybill_outbox_observed'));
  expect(observedAt(during)).toBe(observedAt(before));

  isAway = false;
  expect(gaugesOf(await scrape(registry))).toHaveLength(6);
  expect(lines).toEqual([
    'the outbox cannot be read for metrics; its gauges are absent',
    'the outbox can be read for metrics again',
  ]);
});

it('has never observed anything before its first reading', async () => {
  const { registry } = metricsOf(() => Promise.reject(new Error('away')));
  expect((await scrape(registry)).filter((line) => !line.startsWith('waybill_outbox_read_failures'))).toEqual(
    [],
  );
});
