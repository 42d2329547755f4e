import { PublishError } from '@waybill/outbox/publisher';
import { InMemoryBroker, InMemoryPublisher } from '@waybill/outbox/in-memory-publisher';
import { recordTracing } from '@waybill/service-host';
import { afterAll, expect, it } from 'vitest';
import { tracedPublisher } from './traced-publisher.ts';

const tracing = await recordTracing('outbox-relay');
afterAll(() => tracing.close());

const request = (digit: string) => ({ traceId: digit.repeat(32), spanId: digit.repeat(16) });
const messageOf = (digit: string) => ({
  key: digit,
  value: '{}',
  headers: { traceparent: `00-${request(digit).traceId}-${request(digit).spanId}-01` },
});
const untraced = { key: 'x', value: '{}', headers: {} };
const batch = { topic: 'order_placed', partition: 3, messages: [messageOf('1'), untraced, messageOf('2')] };

const broker = new InMemoryBroker();
broker.createTopic('order_placed', { partitions: 8 });

it('makes a producer’s span of a batch, linked to the request of each event, and sends it as it is', async () => {
  const publisher = tracedPublisher(new InMemoryPublisher(broker), tracing.tracer);
  await publisher.publish(batch);
  const [span] = tracing.spans();
  expect(span).toMatchObject({
    name: 'send order_placed',
    kind: 3, // PRODUCER
    attributes: { 'messaging.destination.partition.id': '3', 'messaging.batch.message_count': 3 },
  });
  expect(span?.parentSpanContext).toBeUndefined();
  expect(span?.links.map(({ context }) => context)).toEqual([
    expect.objectContaining(request('1')),
    expect.objectContaining(request('2')),
  ]);
  expect(broker.read('order_placed').map(({ headers }) => headers)).toEqual(
    batch.messages.map(({ headers }) => headers),
  );
});

it('makes what goes alone the last step of its request’s trace', async () => {
  const publisher = tracedPublisher(new InMemoryPublisher(broker), tracing.tracer);
  await publisher.publish({ ...batch, messages: [messageOf('3')] });
  const span = tracing.spans().at(-1);
  expect(span?.spanContext().traceId).toBe(request('3').traceId);
  expect(span?.parentSpanContext).toMatchObject(request('3'));
  await publisher.publish({ ...batch, messages: [untraced] });
  expect(tracing.spans().at(-1)?.parentSpanContext).toBeUndefined();
});

it('tells a failure by its code', async () => {
  const failing = {
    publish: () => Promise.reject(new PublishError('no leader', 'answered', 'NOT_LEADER_OR_FOLLOWER')),
    probe: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  await expect(tracedPublisher(failing, tracing.tracer).publish(batch)).rejects.toThrow('no leader');
  expect(tracing.spans().at(-1)).toMatchObject({
    status: { code: 2 },
    attributes: { 'error.type': 'NOT_LEADER_OR_FOLLOWER' },
  });
});
