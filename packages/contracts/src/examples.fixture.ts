import type { Envelope } from './encode.ts';
import type { OrderCancelled } from './order-cancelled.ts';
import type { OrderPlaced } from './order-placed.ts';

const orderId = '0198c0de-0000-7000-8000-0000000000aa';
const userId = '0198c0de-0000-7000-8000-000000000001';

export const placed: OrderPlaced = {
  order_id: orderId,
  user_id: userId,
  version: 1,
  total: '25.00',
  currency: 'EUR',
  items: [
    { product_id: '0198c0de-0000-7000-8000-000000000101', sku: 'TEA-1', quantity: 2, unit_price: '12.50' },
  ],
  placed_at: '2026-01-31T12:00:00.000Z',
};

export const cancelled: OrderCancelled = {
  order_id: orderId,
  user_id: userId,
  version: 2,
  total: '25.00',
  currency: 'EUR',
  cancelled_at: '2026-01-31T13:00:00.000Z',
};

export function enveloped<Data>(data: Data): Envelope<Data> {
  return {
    data,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    publicUrl: 'https://waybill.example/',
    time: new Date('2026-01-31T12:00:00.000Z'),
  };
}
