import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * A span per request, a child of the caller's. From here on the request's trace context is that of its span: whoever
 * reads the header `traceparent`, as the event of an order does, gets this one.
 */
export function traceRequests(tracer: Tracer) {
  return (app: FastifyInstance): void => {
    const spans = new WeakMap<FastifyRequest, Span>();
    app.addHook('onRequest', (request, _reply, done) => {
      const caller = propagation.extract(ROOT_CONTEXT, request.headers);
      const route = request.routeOptions.url;
      const span = tracer.startSpan(
        route === undefined ? request.method : `${request.method} ${route}`,
        {
          kind: SpanKind.SERVER,
          attributes: {
            'http.request.method': request.method,
            ...(route !== undefined && { 'http.route': route }),
            'waybill.request_id': request.id,
          },
        },
        caller,
      );
      spans.set(request, span);
      const own = trace.setSpan(caller, span);
      propagation.inject(own, request.raw.headers);
      context.with(own, done);
    });
    app.addHook('onResponse', async (request, reply) => {
      const span = spans.get(request);
      span?.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    });
    app.addHook('onRequestAbort', async (request) => {
      spans.get(request)?.setAttribute('waybill.client_gone', true).end();
    });
  };
}
