import type { Envelope } from './encode.ts';
import { type OrderCancelled, orderCancelled } from './order-cancelled.ts';
import { type OrderPlaced, orderPlaced } from './order-placed.ts';

export const placed: OrderPlaced = orderPlaced.example;
export const cancelled: OrderCancelled = orderCancelled.example;

export function enveloped<Data>(data: Data): Envelope<Data> {
  return {
    data,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    publicUrl: 'https://waybill.example/',
    time: new Date('2026-01-31T12:00:00.000Z'),
  };
}
