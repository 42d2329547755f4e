import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { encodeOrderCancelled, encodeOrderPlaced } from './encode.ts';
import { cancelled, enveloped, placed } from './examples.fixture.ts';
import { EventHeaders } from './headers.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { orderEvents } from './order-events.ts';
import { orderPlaced } from './order-placed.ts';

/** A validator that shares nothing with the one that writes; `format` stands beside a pattern that says as much. */
const compile = (schema: object) =>
  new Ajv2020({ strict: true, formats: { 'date-time': true } }).compile(schema);
const publicUrl = 'https://waybill.example/base/';

test.each(orderEvents)('$type: its example fits its schema, for another validator too', (event) => {
  event.checkWritten(event.example);
  const validate = compile(jsonSchemaOf(event, publicUrl));
  expect([validate(event.example), validate.errors]).toEqual([true, null]);
});

test.each(orderEvents)('$type: every field says what it is', (event) => {
  for (const [name, field] of Object.entries(event.schema.properties))
    expect([name, field]).toEqual([name, expect.objectContaining({ description: expect.any(String) })]);
});

test('the id is the URL that the event names, and the dialect is 2020-12', () => {
  const { headers } = encodeOrderPlaced({ ...enveloped(placed), publicUrl });
  expect(jsonSchemaOf(orderPlaced, publicUrl)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: headers['ce_dataschema'],
    type: 'object',
  });
});

test('what a later version adds still fits, and what is missing does not', () => {
  const validate = compile(jsonSchemaOf(orderPlaced, publicUrl));
  const { total: _, ...withoutTotal } = placed;
  expect([validate({ ...placed, channel: 'web' }), validate(withoutTotal)]).toEqual([true, false]);
});

test('the header schema names exactly what is written and what the relay stamps', () => {
  const stamped = { ce_epoch: '1', ce_replayed: 'true' };
  const validate = compile({ ...EventHeaders, additionalProperties: false });
  for (const { headers } of [
    encodeOrderPlaced(enveloped(placed)),
    encodeOrderCancelled(enveloped(cancelled)),
  ]) {
    expect([validate(headers), validate({ ...headers, ...stamped })]).toEqual([true, true]);
    expect(Object.keys({ ...headers, ...stamped }).toSorted()).toEqual(
      Object.keys(EventHeaders.properties).toSorted(),
    );
  }
});
