import { type Static, Type } from 'typebox';
import { defineEvent } from './event-definition.ts';
import { Currency, Instant, Money, Uuid, Version } from './fields.ts';

/** An order exists. Prices are those of the moment; `total` is the sum of quantity × unit_price. */
export const orderPlaced = defineEvent({
  topic: 'order_placed',
  type: 'waybill.order.placed.v1',
  schema: Type.Object({
    order_id: Uuid,
    user_id: Uuid,
    version: Version,
    total: Money,
    currency: Currency,
    items: Type.Array(
      Type.Object({
        product_id: Uuid,
        sku: Type.String({ minLength: 1 }),
        quantity: Type.Integer({ minimum: 1, maximum: 1_000 }),
        unit_price: Money,
      }),
      { minItems: 1, maxItems: 100 },
    ),
    placed_at: Instant,
  }),
});

export type OrderPlaced = Static<typeof orderPlaced.schema>;
