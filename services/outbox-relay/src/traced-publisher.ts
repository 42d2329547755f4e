import {
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
 * The same publisher with a span per batch, linked to the requests whose events are in it: a batch holds many traces'
 * events and is part of none. The events go out with the trace context that is stored, byte for byte.
 */
export function tracedPublisher(publisher: Publisher, tracer: Tracer): Publisher {
  return {
    async publish(batch) {
      const { topic, partition, messages } = batch;
      const span = tracer.startSpan(`send ${topic}`, {
        kind: SpanKind.PRODUCER,
        root: true,
        links: messages.flatMap(({ headers }) => linkTo(headers)),
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'send',
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': String(partition),
          'messaging.batch.message_count': messages.length,
        },
      });
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

function linkTo(headers: Readonly<Record<string, string>>): Link[] {
  const context = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers));
  return context ? [{ context }] : [];
}
