import { unobserved } from '@waybill/inbox';
import { recordTracing } from '@waybill/service-host';
import { afterAll, expect, test } from 'vitest';
import { tracedObserver } from './traced-observer.ts';

const tracing = await recordTracing('sales-projection');
afterAll(() => tracing.close());

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const delivery = {
  group: 'g',
  topic: 'order_placed',
  partition: 3,
  events: 2,
  traceparents: [`00-${traceId}-00f067aa0ba902b7-01`, 'no traceparent'],
};

test('a delivery is a span of its own, linked to who sent its events, and says whether it failed', async () => {
  const observer = tracedObserver(unobserved, tracing.tracer);
  expect(await observer.around(delivery, async () => 'done')).toBe('done');
  const failing = observer.around(delivery, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  const [good, bad] = tracing.spans();
  expect(good?.name).toBe('process order_placed');
  expect(good?.links.map(({ context }) => context.traceId)).toEqual([traceId]);
  expect(good?.spanContext().traceId).not.toBe(traceId);
  expect([good?.status.code, bad?.status.code]).toEqual([0, 2]);
});
