import type { FailureClass } from '@waybill/outbox/relay';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RelayMetrics } from './relay-metrics.ts';

it('counts ends of sessions by the class of what ended them, and by nothing that there may be many of', async () => {
  const registry = new Registry();
  const metrics = new RelayMetrics(registry, () => Promise.resolve([]));
  const ends = async () =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('waybill_relay_sessions_ended_total'));
  const series = (of: FailureClass, value: number) =>
    `waybill_relay_sessions_ended_total{class="${of}"} ${value}`;
  // From the start, so that the first end shows as an increase.
  expect(await ends()).toEqual([series('database', 0), series('lease', 0), series('protocol', 0)]);

  for (const [failureClass, code] of [
    ['database', '57P01'],
    ['database', 'ECONNREFUSED'],
    ['lease', 'OUTBOX_LEASE_LAPSED'],
  ] as const) {
    metrics.count({
      type: 'session-ended',
      error: new Error('planted'),
      failure: { class: failureClass, code },
    });
  }
  expect(await ends()).toEqual([series('database', 2), series('lease', 1), series('protocol', 0)]);
});
