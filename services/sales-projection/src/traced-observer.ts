import {
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { ConsumerObserver } from '@waybill/inbox';

/**
 * The same observer with a span per delivery, linked to the requests whose events are in it: a delivery holds many
 * traces' events and is part of none.
 */
export function tracedObserver(observer: ConsumerObserver, tracer: Tracer): ConsumerObserver {
  return {
    alarm: (alarm) => observer.alarm(alarm),
    upkeepFailed: (error) => observer.upkeepFailed(error),
    async around(delivery, work) {
      const { group, topic, partition, events, traceparents } = delivery;
      const span = tracer.startSpan(`process ${topic}`, {
        kind: SpanKind.CONSUMER,
        root: true,
        links: traceparents.flatMap(linkTo),
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'process',
          'messaging.consumer.group.name': group,
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': String(partition),
          'messaging.batch.message_count': events,
        },
      });
      try {
        return await context.with(trace.setSpan(ROOT_CONTEXT, span), () => observer.around(delivery, work));
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

function linkTo(traceparent: string): Link[] {
  const found = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }));
  return found ? [{ context: found }] : [];
}
