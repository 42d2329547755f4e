import { context, propagation, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { Type } from 'typebox';
import { w3cPropagator } from './w3c-propagator.ts';

/** Spread it into the `Type.Object({...})` of a service that traces. The names are OpenTelemetry's own. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'a collector; spans go to /v1/traces there. Unset, nothing is traced',
    }),
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    description: 'share of the traces that begin here; a caller’s decision about its own trace is kept',
  }),
};

interface TracingSettings {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
}

/** `off` costs nothing: who composes a service leaves the tracing parts out. */
export type Tracing = { readonly state: 'off' } | RunningTracing;

interface RunningTracing {
  readonly state: 'on';
  readonly tracer: Tracer;
  /** Sends what is still to be sent. */
  close(): Promise<void>;
}

/** In ms. A collector that does not answer must not keep the service from ending. */
const FLUSH_WITHIN_MS = 2_000;

/** Spans to the collector, in the background; one that is away loses spans and nothing else. */
export function startTracing(service: string, settings: TracingSettings): Tracing {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = settings;
  if (endpoint === undefined) return { state: 'off' };
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

/** For tests: every span is kept in memory. */
export function recordTracing(
  service: string,
): RunningTracing & { readonly spans: () => readonly ReadableSpan[] } {
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
