import { describe, expect, test } from 'vitest';
import { ContractError } from './contract-error.ts';
import { encodeOrderCancelled, encodeOrderPlaced } from './encode.ts';
import { cancelled, enveloped, placed } from './examples.fixture.ts';
import type { OrderPlaced } from './order-placed.ts';

describe('given an order placed', () => {
  test('its event carries every header of CloudEvents binary mode and the body as it is stored', () => {
    expect(encodeOrderPlaced(enveloped(placed))).toEqual({
      topic: 'order_placed',
      key: '0198c0de-0000-7000-8000-0000000000aa',
      version: 1,
      type: 'waybill.order.placed.v1',
      payload: JSON.stringify(placed),
      headers: {
        ce_specversion: '1.0',
        ce_id: '0198c0de-0000-7000-8000-0000000000aa:1',
        ce_type: 'waybill.order.placed.v1',
        ce_source: '/waybill/orders',
        ce_subject: '0198c0de-0000-7000-8000-0000000000aa',
        ce_time: '2026-01-31T12:00:00.000Z',
        ce_orderversion: '1',
        ce_dataschema: 'https://waybill.example/schemas/waybill.order.placed.v1',
        'content-type': 'application/json',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
    });
  });

  test('a cancellation goes to its own topic under the same key', () => {
    const event = encodeOrderCancelled(enveloped(cancelled));
    expect([event.topic, event.key, event.version]).toEqual(['order_cancelled', placed.order_id, 2]);
  });
});

const item = placed.items[0] ?? expect.unreachable();

describe('given data that does not fit', () => {
  test.each<[string, object, string]>([
    ['a total with one decimal', { total: '25.0' }, '/total'],
    ['a total as a number', { total: 25 }, '/total'],
    ['a total with a leading zero', { total: '025.00' }, '/total'],
    ['a negative total', { total: '-25.00' }, '/total'],
    ['a total beyond numeric(12,2)', { total: '12345678901.00' }, '/total'],
    ['a total with a line end', { total: '25.00\n' }, '/total'],
    ['a currency in small letters', { currency: 'eur' }, '/currency'],
    ['version 0', { version: 0 }, '/version'],
    ['a version with a fraction', { version: 1.5 }, '/version'],
    ['an order id in capitals', { order_id: placed.order_id.toUpperCase() }, '/order_id'],
    ['no items', { items: [] }, '/items'],
    ['a quantity of 0', { items: [{ ...item, quantity: 0 }] }, '/items/0/quantity'],
    ['a price of three decimals', { items: [{ ...item, unit_price: '1.000' }] }, '/items/0/unit_price'],
    ['a time without milliseconds', { placed_at: '2026-01-31T12:00:00Z' }, '/placed_at'],
    ['a 31st of February', { placed_at: '2026-02-31T12:00:00.000Z' }, '/placed_at'],
    ['a field that nobody declared', { email: 'ada@example.com' }, 'email'],
    ['one inside an item', { items: [{ ...item, name: 'Tea' }] }, '/items/0'],
  ])('%s never becomes an event', (_what, change, place) => {
    const data: OrderPlaced = Object.assign({}, placed, change);
    expect(() => encodeOrderPlaced(enveloped(data))).toThrow(ContractError);
    expect(() => encodeOrderPlaced(enveloped(data))).toThrow(place);
    expect(() => encodeOrderPlaced(enveloped(data))).not.toThrow('ada@');
  });

  test('a missing field is named', () => {
    const { total: _, ...rest } = placed;
    const data: OrderPlaced = Object.assign(Object.create({}), rest);
    expect(() => encodeOrderPlaced(enveloped(data))).toThrow(/total/);
  });
});

describe('given an envelope that does not fit', () => {
  test.each([
    ['no trace', { traceparent: '' }],
    ['an all-zero trace id', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }],
    ['an all-zero span id', { traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01` }],
    ['a relative address', { publicUrl: '/api' }],
    ['no date', { time: new Date('soon') }],
  ])('%s is refused', (_what, change) => {
    expect(() => encodeOrderPlaced({ ...enveloped(placed), ...change })).toThrow(ContractError);
  });
});
