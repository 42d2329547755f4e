import { type Static, Type } from 'typebox';
import { defineEvent } from './event-definition.ts';
import { Currency, Instant, Money, Uuid, Version } from './fields.ts';

/** An order was cancelled. `total` and `currency` are the order's, so that nobody has to have kept its placing. */
export const orderCancelled = defineEvent({
  topic: 'order_cancelled',
  type: 'waybill.order.cancelled.v1',
  schema: Type.Object({
    order_id: Uuid,
    user_id: Uuid,
    version: Version,
    total: Money,
    currency: Currency,
    cancelled_at: Instant,
  }),
});

export type OrderCancelled = Static<typeof orderCancelled.schema>;
