import { type Static, Type } from 'typebox';
import { defineEvent } from './event-definition.ts';
import { Currency, instant, Money, uuid, Version } from './fields.ts';

export const orderPlaced = defineEvent({
  topic: 'order_placed',
  type: 'waybill.order.placed.v1',
  title: 'Order placed',
  summary:
    'An order exists: the first event of its history. Prices are those of the moment; the total is the sum of quantity × unit_price.',
  schema: Type.Object({
    order_id: uuid('The order; also the key of the message.'),
    user_id: uuid('Who bought.'),
    version: Version,
    total: Money,
    currency: Currency,
    items: Type.Array(
      Type.Object({
        product_id: uuid('What was bought.'),
        sku: Type.String({ minLength: 1, description: "The product's stock keeping unit at that moment." }),
        quantity: Type.Integer({ minimum: 1, maximum: 1_000, description: 'Pieces.' }),
        unit_price: Money,
      }),
      { minItems: 1, maxItems: 100, description: 'No product stands here twice.' },
    ),
    placed_at: instant('When the order was placed.'),
  }),
  example: {
    order_id: '0198c0de-0000-7000-8000-0000000000aa',
    user_id: '0198c0de-0000-7000-8000-000000000001',
    version: 1,
    total: '25.00',
    currency: 'EUR',
    items: [
      {
        product_id: '0198c0de-0000-7000-8000-000000000101',
        sku: 'TEA-1',
        quantity: 2,
        unit_price: '12.50',
      },
    ],
    placed_at: '2026-01-31T12:00:00.000Z',
  },
});

export type OrderPlaced = Static<typeof orderPlaced.schema>;
