import type { Tracer } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { Type } from 'typebox';

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

export interface TracingSettings {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
}

/** `off` costs nothing: who composes a service leaves the tracing parts out. */
export type Tracing = { readonly state: 'off' } | RunningTracing;

export interface RunningTracing {
  readonly state: 'on';
  readonly tracer: Tracer;
  /** Sends what is still to be sent. */
  close(): Promise<void>;
}

export interface RecordedTracing extends RunningTracing {
  readonly spans: () => readonly ReadableSpan[];
}

/**
 * Spans to the collector, in the background; one that is away loses spans and nothing else. OpenTelemetry's SDK is
 * loaded when there is a collector: a service that traces nothing would keep 5 MB for it.
 */
export async function startTracing(service: string, settings: TracingSettings): Promise<Tracing> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings;
  if (endpoint === undefined) return { state: 'off' };
  const { traceToCollector } = await import('./open-tracing.ts');
  return traceToCollector(service, endpoint, settings);
}

/** For tests: every span is kept in memory. */
export async function recordTracing(service: string): Promise<RecordedTracing> {
  const { traceToMemory } = await import('./open-tracing.ts');
  return traceToMemory(service);
}
