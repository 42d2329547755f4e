import { describe, expect, test } from 'vitest';
import { decodeEvent } from './decode.ts';
import { encodeOrderCancelled, encodeOrderPlaced } from './encode.ts';
import { cancelled, enveloped, placed } from './examples.fixture.ts';

const sent = encodeOrderPlaced(enveloped(placed));

function asBytes(headers: Readonly<Record<string, string>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
}

describe('given an event as Kafka delivers it', () => {
  test('headers and value as bytes give back what was sent', () => {
    expect(decodeEvent(asBytes(sent.headers), Buffer.from(sent.payload))).toEqual({
      type: 'waybill.order.placed.v1',
      key: placed.order_id,
      version: 1,
      epoch: 0,
      time: '2026-01-31T12:00:00.000Z',
      payload: sent.payload,
      data: placed,
    });
  });

  test('the type says which data it is', () => {
    const { headers, payload } = encodeOrderCancelled(enveloped(cancelled));
    const event = decodeEvent(headers, payload);
    expect(event.type === 'waybill.order.cancelled.v1' && event.data.cancelled_at).toBe(
      cancelled.cancelled_at,
    );
  });

  test('what the relay stamps is read, and a field added later is let through', () => {
    const payload = JSON.stringify({ ...placed, channel: 'web' });
    const event = decodeEvent({ ...sent.headers, ce_epoch: '3', ce_replayed: 'true' }, payload);
    expect([event.epoch, event.data]).toEqual([3, { ...placed, channel: 'web' }]);
  });
});

describe('given the marker of a discarded event', () => {
  const { 'content-type': _type, ce_dataschema: _schema, ...kept } = sent.headers;
  const marker = { ...kept, ce_type: 'waybill.event.discarded.v1' };

  test.each([null, ''])('it is an event of its order and version without data (value %j)', (value) => {
    expect(decodeEvent(marker, value)).toEqual({
      type: 'waybill.event.discarded.v1',
      key: placed.order_id,
      version: 1,
      epoch: 0,
      time: '2026-01-31T12:00:00.000Z',
      payload: '',
      data: null,
    });
  });

  test.each([
    { ce_subject: undefined },
    { ce_orderversion: '0' },
    { ce_orderversion: undefined },
    { ce_id: 'x' },
  ])('it is refused with %j', (headers) => {
    expect(() => decodeEvent({ ...marker, ...headers }, '')).toThrow(
      expect.objectContaining({ code: 'event-envelope-wrong' }),
    );
  });
});

describe('given something else', () => {
  test.each<[string, Record<string, unknown>, string | null, string]>([
    ['a type of another system', { ce_type: 'acme.thing.v1' }, sent.payload, 'event-type-unknown'],
    ['no type', { ce_type: undefined }, sent.payload, 'event-type-unknown'],
    ['no body', {}, null, 'event-not-json'],
    ['a body that is no JSON', {}, '{', 'event-not-json'],
    ['a body of another shape', {}, '{}', 'event-does-not-fit'],
    ['another order in the headers', { ce_subject: 'x' }, sent.payload, 'event-envelope-wrong'],
    ['another version in the headers', { ce_orderversion: '2' }, sent.payload, 'event-envelope-wrong'],
    ['another id', { ce_id: 'x' }, sent.payload, 'event-envelope-wrong'],
    ['another CloudEvents version', { ce_specversion: '0.3' }, sent.payload, 'event-envelope-wrong'],
    ['a repeated header', { ce_id: [sent.headers.ce_id] }, sent.payload, 'event-envelope-wrong'],
    ['an epoch that is no number', { ce_epoch: 'two' }, sent.payload, 'event-envelope-wrong'],
    ['no time', { ce_time: undefined }, sent.payload, 'event-envelope-wrong'],
  ])('%s is refused with its reason', (_what, headers, value, code) => {
    expect(() => decodeEvent({ ...sent.headers, ...headers }, value)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
