import {
  type Context,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
  TraceFlags,
} from '@opentelemetry/api';

const HEADER = 'traceparent';

/** W3C Trace Context, version 00. */
const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Trace contexts as `traceparent` says them; `tracestate` is nobody's here and is not passed on. */
export const w3cPropagator: TextMapPropagator = {
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, HEADER);
    const [, traceId = '', spanId = '', flags = ''] = pattern.exec(String(header)) ?? [];
    const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
    const spanContext = { traceId, spanId, traceFlags, isRemote: true };
    return isSpanContextValid(spanContext) ? trace.setSpanContext(context, spanContext) : context;
  },

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const spanContext = trace.getSpanContext(context);
    if (!spanContext || !isSpanContextValid(spanContext)) return;
    const { traceId, spanId, traceFlags } = spanContext;
    setter.set(carrier, HEADER, `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
  },

  fields: () => [HEADER],
};
