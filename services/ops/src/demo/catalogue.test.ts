import { expect, test } from 'vitest';
import { orderNumber } from './catalogue.ts';

const catalogue = {
  buyers: ['ada', 'bob', 'cy'],
  products: [
    ['mug', 'blanket', 'lamp'],
    ['notebook', 'bag'],
  ],
};
const orders = Array.from({ length: 600 }, (_, i) => orderNumber(i, catalogue));

test('an order has products of one currency, none twice, in quantities that the stock covers', () => {
  for (const { items } of orders) {
    const ids = items.map(({ product_id }) => product_id);
    expect(catalogue.products.some((group) => ids.every((id) => group.includes(id)))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { quantity } of items) {
      expect(quantity).toBeGreaterThanOrEqual(1);
      expect(quantity).toBeLessThanOrEqual(3);
    }
  }
});

test('orders vary over all buyers, products and sizes', () => {
  expect(new Set(orders.map(({ user_id }) => user_id))).toEqual(new Set(catalogue.buyers));
  expect(new Set(orders.flatMap(({ items }) => items.map((item) => item.product_id))).size).toBe(5);
  expect(new Set(orders.map(({ items }) => items.length))).toEqual(new Set([1, 2, 3]));
});
