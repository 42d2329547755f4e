import { encodeOrderCancelled, encodeOrderPlaced, orderCancelled, orderPlaced } from '@waybill/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { documentedApi } from '../testing/documented-api.ts';
import { publicUrl } from '../testing/order-api.ts';

const app = await documentedApi();
const envelope = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  publicUrl,
  time: new Date('2026-01-31T12:00:00.000Z'),
};

it.each([
  encodeOrderPlaced({ ...envelope, data: orderPlaced.example }),
  encodeOrderCancelled({ ...envelope, data: orderCancelled.example }),
])('the schema of $type stands whole at the URL that its events name', async ({ headers, payload }) => {
  const answer = await app.inject(String(headers['ce_dataschema']).replace(publicUrl, ''));
  expect([answer.statusCode, answer.headers['content-type'], answer.headers['cache-control']]).toEqual([
    200,
    'application/schema+json',
    'public, max-age=3600',
  ]);
  const schema = answer.json<{ $id: string; required: string[] }>();
  expect(schema.$id).toBe(headers['ce_dataschema']);
  const validate = new Ajv2020({ formats: { 'date-time': true } }).compile(schema);
  const data: object = JSON.parse(payload);
  expect(validate(data)).toBe(true);
  expect(validate({ ...data, total: 25 })).toBe(false);
});

it.each(['waybill.order.placed.v9', '..%2F..%2Fetc%2Fpasswd', 'constructor'])(
  'there is no schema of %s, and the answer says which there are',
  async (type) => {
    const answer = await app.inject(`/schemas/${type}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json<{ detail: string }>().detail).toContain(
      'waybill.order.placed.v1, waybill.order.cancelled.v1',
    );
  },
);

it('the AsyncAPI document is served whole, and its page beside it', async () => {
  const document = await app.inject('/asyncapi.json');
  expect(document.json()).toMatchObject({
    asyncapi: '3.0.0',
    channels: { order_placed: { address: 'order_placed' } },
  });
  const page = await app.inject('/asyncapi');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.payload).toContain(`href="${publicUrl}/schemas/waybill.order.placed.v1"`);
});
