import { describe, expect, test } from 'vitest';
import * as contracts from './index.ts';
import { orderCancelled, orderPlaced, topics } from './index.ts';

/** Every field of a JSON Schema, with its path, however deep. */
function fieldsOf(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) =>
    keyword === 'properties' && typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => [
          `${path}/${name}`,
          ...fieldsOf(inner, `${path}/${name}`),
        ])
      : fieldsOf(value, path),
  );
}

const definitions = Object.values(contracts).filter(
  (exported): exported is typeof orderPlaced | typeof orderCancelled =>
    typeof exported === 'object' && 'schema' in exported,
);

describe('every event', () => {
  test('is seen by these tests', () => {
    expect(definitions.map((event) => event.type)).toEqual([
      'waybill.order.cancelled.v1',
      'waybill.order.placed.v1',
    ]);
  });

  test('holds exactly these fields: whoever adds one says here that it is no personal data', () => {
    expect(fieldsOf(orderPlaced.schema)).toEqual([
      '/order_id',
      '/user_id',
      '/version',
      '/total',
      '/currency',
      '/items',
      '/items/product_id',
      '/items/sku',
      '/items/quantity',
      '/items/unit_price',
      '/placed_at',
    ]);
    expect(fieldsOf(orderCancelled.schema)).toEqual([
      '/order_id',
      '/user_id',
      '/version',
      '/total',
      '/currency',
      '/cancelled_at',
    ]);
  });

  test.each(definitions)('$type names no person', ({ schema }) => {
    const fields = fieldsOf(schema);
    expect(fields.length).toBeGreaterThan(5);
    expect(
      fields.filter((field) => /mail|name|phone|address|birth|street|city|zip|ip$/i.test(field)),
    ).toEqual([]);
  });

  test('the walk finds a field wherever a schema hides it', () => {
    const hidden = { anyOf: [{ items: { properties: { buyer: { properties: { email: {} } } } } }] };
    expect(fieldsOf(hidden)).toEqual(['/buyer', '/buyer/email']);
  });

  test('has a topic of eight partitions that keeps its history', () => {
    const config = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };
    expect(topics).toEqual([
      { name: 'order_placed', partitions: 8, config },
      { name: 'order_cancelled', partitions: 8, config },
    ]);
  });
});
