import {
  type Context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { PublishError, type Publisher } from '@waybill/outbox/publisher';

/**
 * The same publisher with a span per batch. An event that goes alone is the last step of its request's trace; a batch
 * of several holds many traces' events, is part of none, and is linked to each request (OpenTelemetry's conventions for
 * messaging, "batch sending"). The events go out with the trace context that is stored, byte for byte.
 */
export function tracedPublisher(publisher: Publisher, tracer: Tracer): Publisher {
  return {
    async publish(batch) {
      const { topic, partition, messages } = batch;
      const requests = messages.map(({ headers }) => propagation.extract(ROOT_CONTEXT, headers));
      const [only = ROOT_CONTEXT] = requests.length === 1 ? requests : [];
      const attributes = {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition),
        'messaging.batch.message_count': messages.length,
      };
      const options = { kind: SpanKind.PRODUCER, links: requests.flatMap(linkTo), attributes };
      const span = tracer.startSpan(`send ${topic}`, options, only);
      try {
        const receipt = await publisher.publish(batch);
        return receipt;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        if (error instanceof PublishError) span.setAttribute('error.type', error.code);
        throw error;
      } finally {
        span.end();
      }
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  };
}

function linkTo(request: Context): Link[] {
  const context = trace.getSpanContext(request);
  return context ? [{ context }] : [];
}
