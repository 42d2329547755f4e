import { once } from 'node:events';
import { createServer } from 'node:http';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';
import { type RecordedTracing, recordTracing, startTracing, tracingVariables } from './tracing.ts';

const settings = (env: Record<string, string>) => readSettings(Type.Object(tracingVariables), env);
const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('tracing', () => {
  it('is off without a collector', async () => {
    expect(await startTracing('order-api', settings({}))).toEqual({ state: 'off' });
  });

  it('sends its spans to the collector, the last ones as it closes', async () => {
    const received: { url: string | undefined; body: string }[] = [];
    const collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        received.push({ url: request.url, body });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const address = collector.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const endpoint = `http://127.0.0.1:${port}/`;
      const tracing = await startTracing('order-api', settings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }));
      if (tracing.state === 'off') throw new Error('tracing is off');
      tracing.tracer.startSpan('POST /v1/orders').end();
      await tracing.close();
    } finally {
      collector.closeAllConnections();
      collector.close();
    }
    expect(received).toEqual([{ url: '/v1/traces', body: expect.stringContaining('POST /v1/orders') }]);
    expect(received[0]?.body).toContain('order-api');
  });

  it('closes in time when the collector is away', async () => {
    const tracing = await startTracing('a', settings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }));
    if (tracing.state === 'off') throw new Error('tracing is off');
    tracing.tracer.startSpan('lost').end();
    expect(await tracing.close()).toBeUndefined();
  }, 10_000);
});

describe('a trace context', () => {
  let recorded: RecordedTracing;
  beforeAll(async () => {
    recorded = await recordTracing('a');
  });
  afterAll(() => recorded.close());

  it('is read and written as W3C has it, and goes on in what is awaited', async () => {
    const caller = propagation.extract(ROOT_CONTEXT, { traceparent: given });
    const span = recorded.tracer.startSpan('child', {}, caller);
    expect(span.spanContext().traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    await context.with(trace.setSpan(caller, span), async () => {
      await Promise.resolve();
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      expect(carrier).toEqual({
        traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${span.spanContext().spanId}-01`,
      });
    });
  });

  it('whose caller does not sample is not recorded here', () => {
    const caller = propagation.extract(ROOT_CONTEXT, { traceparent: given.replace(/01$/, '00') });
    expect(recorded.tracer.startSpan('child', {}, caller).isRecording()).toBe(false);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    given.toUpperCase(),
    given.replace('00-', 'ff-'),
    given.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)),
  ])('that cannot be read is none: %j', (traceparent) => {
    expect(trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }))).toBeUndefined();
  });
});
