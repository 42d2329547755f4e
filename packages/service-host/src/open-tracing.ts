import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { RecordedTracing, RunningTracing, TracingSettings } from './tracing.ts';
import { w3cPropagator } from './w3c-propagator.ts';

/** In ms. A collector that does not answer must not keep the service from ending. */
const FLUSH_WITHIN_MS = 2_000;

/** Spans to the collector, in the background. */
export function traceToCollector(
  service: string,
  endpoint: string,
  { OTEL_TRACES_SAMPLER_ARG: share }: TracingSettings,
): RunningTracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: FLUSH_WITHIN_MS,
  });
  return tracingTo(
    service,
    share,
    new BatchSpanProcessor({ exporter, exportTimeoutMillis: FLUSH_WITHIN_MS }),
  );
}

/** Every span is kept in memory. */
export function traceToMemory(service: string): RecordedTracing {
  const exporter = new InMemorySpanExporter();
  const tracing = tracingTo(service, 1, new SimpleSpanProcessor({ exporter }));
  return { ...tracing, spans: () => exporter.getFinishedSpans() };
}

/** The context manager and the propagator are the process's: OpenTelemetry's API has one of each. */
function tracingTo(service: string, share: number, processor: SpanProcessor): RunningTracing {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(w3cPropagator);
  return {
    state: 'on',
    tracer: provider.getTracer('waybill'),
    async close() {
      // A collector that is away loses these spans, as it lost those before; the service has ended well.
      await provider.shutdown().catch(() => undefined);
      context.disable();
      propagation.disable();
    },
  };
}
