import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { everyTopic } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { expect, inject, it } from 'vitest';
import { startApiProcesses } from '../../services/order-api/src/testing/api-processes.ts';
import { newId } from '../../services/order-api/src/testing/examples.ts';
import { readRecords } from '../checker/index.ts';
import { until } from '../relay/bench.ts';
import { silentLog } from '../relay/silent-log.ts';
import { createOrderDatabase } from '../servers/databases.ts';
import { serviceStarter } from '../servers/service-process.ts';
import { temporaryFolder } from '../servers/temporary-folder.ts';

/** As much of OTLP's JSON as is looked at. */
const Export = Type.Object({
  resourceSpans: Type.Array(
    Type.Object({
      resource: Type.Object({
        attributes: Type.Array(Type.Object({ key: Type.String(), value: Type.Object({}) })),
      }),
      scopeSpans: Type.Array(
        Type.Object({
          spans: Type.Array(
            Type.Object({
              traceId: Type.String(),
              spanId: Type.String(),
              parentSpanId: Type.Optional(Type.String()),
              name: Type.String(),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A collector of traces that keeps what it is sent. */
async function startCollector() {
  const spans: { service: unknown; name: string; trace: string; id: string; parent: string | undefined }[] =
    [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { resource, scopeSpans } of Value.Parse(Export, body).resourceSpans) {
        const name = resource.attributes.find(({ key }) => key === 'service.name')?.value;
        const service = name && Reflect.get(name, 'stringValue');
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const { name: title, traceId: trace, spanId: id, parentSpanId: parent } = span;
          spans.push({ service, name: title, trace, id, parent });
        }
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    spans,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

it('an order’s trace goes from its caller through the API, Kafka’s header and the relay, across two processes', async () => {
  await using folder = temporaryFolder();
  await using database = await createOrderDatabase();
  await using collector = await startCollector();
  const { kafkaBrokers: brokers, redisUrl } = inject('servers');
  await ensureTopics({ brokers, clientId: 'test', requestTimeoutMs: 10_000 }, everyTopic, silentLog);
  const tracing = { REDIS_URL: redisUrl, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  await using processes = await startApiProcesses(1, folder.path, {
    ...tracing,
    DATABASE_URL: database.urlFor('waybill_api'),
  });
  await using relay = await serviceStarter(`${folder.path}/relay`)('outbox-relay', {
    ...tracing,
    DATABASE_URL: database.urlFor('waybill_relay'),
    KAFKA_BROKERS: brokers.join(','),
  });
  const [api] = processes.all;
  if (!api) throw new Error('no process');
  const token = await api.token();
  const trace = newId().replaceAll('-', '');
  const post = async (path: string, body: object, traceparent?: string) => {
    const headers = { 'idempotency-key': newId(), ...(traceparent !== undefined && { traceparent }) };
    const answer = await api.call({ method: 'POST', path, body, token, headers });
    expect([path, answer.status]).toEqual([path, 201]);
    return String(answer.json()['id']);
  };
  const userId = await post('/v1/users', { email: 'ada@example.com', name: 'Ada' });
  const tea = { sku: 'tea', name: 'Tea', price: '2.00', currency: 'EUR', stock: 1 };
  const items = [{ product_id: await post('/v1/products', tea), quantity: 1 }];
  const id = await post('/v1/orders', { user_id: userId, items }, `00-${trace}-00f067aa0ba902b7-01`);

  const records = async () =>
    (await readRecords(brokers, ['order_placed'])).filter(({ key }) => String(key) === id);
  await until('the event is in Kafka', async () => (await records()).length > 0);
  // What is still to be sent to the collector goes when they close.
  await Promise.all([relay.stop(), api.server.stop()]);

  const ofTrace = collector.spans.filter((span) => span.trace === trace);
  const asked = ofTrace.find(({ name }) => name === 'POST /v1/orders');
  expect(asked).toMatchObject({ service: 'order-api', parent: '00f067aa0ba902b7' });
  const [record] = await records();
  const header = record?.headers.find(([name]) => name === 'traceparent');
  expect(String(header?.[1])).toBe(`00-${trace}-${asked?.id}-01`);
  expect(ofTrace.find(({ name }) => name === 'send order_placed')).toMatchObject({
    service: 'outbox-relay',
    parent: asked?.id,
  });
});
