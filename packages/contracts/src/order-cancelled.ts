import { type Static, Type } from 'typebox';
import { defineEvent } from './event-definition.ts';
import { Currency, instant, Money, uuid, Version } from './fields.ts';

export const orderCancelled = defineEvent({
  topic: 'order_cancelled',
  type: 'waybill.order.cancelled.v1',
  title: 'Order cancelled',
  summary:
    "An order was cancelled and its stock returned. Total and currency are the order's, so that nobody has to have kept its placing.",
  schema: Type.Object({
    order_id: uuid('The order; also the key of the message.'),
    user_id: uuid('Who had bought.'),
    version: Version,
    total: Money,
    currency: Currency,
    cancelled_at: instant('When the order was cancelled.'),
  }),
  example: {
    order_id: '0198c0de-0000-7000-8000-0000000000aa',
    user_id: '0198c0de-0000-7000-8000-000000000001',
    version: 2,
    total: '25.00',
    currency: 'EUR',
    cancelled_at: '2026-01-31T13:00:00.000Z',
  },
});

export type OrderCancelled = Static<typeof orderCancelled.schema>;
