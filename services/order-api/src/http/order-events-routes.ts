import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { EventDelivery } from '../domain/event-delivery.ts';
import type { ReadOrderEvents } from '../use-cases/read-order-events.ts';
import { principalOf, requireScope } from './authentication.ts';
import { closed, Instant, named, Uuid } from './fields.ts';
import { answer } from './openapi/answer.ts';
import { valueOf } from './rejections.ts';
import type { VerifyToken } from './token-verifier.ts';

const version = Type.Integer({
  minimum: 1,
  description: 'of the order, after the step that the event tells of',
});
const event = {
  version,
  type: Type.String({ description: 'CloudEvents type', examples: ['waybill.order.placed.v1'] }),
  topic: Type.String({ examples: ['order_placed'] }),
};
const place = {
  partition: Type.Integer({ minimum: 0 }),
  offset: Type.String({ pattern: '^[0-9]+$', description: 'a 64-bit number', examples: ['4711'] }),
  published_at: Instant,
};
const EventDeliveryView = Type.Union(
  [
    named('PendingEvent', { state: Type.Literal('pending'), ...event }),
    named('ParkedEvent', {
      state: Type.Literal('parked'),
      ...event,
      reason: Type.String({ description: 'why Kafka would not take it' }),
    }),
    named('PublishedEvent', { state: Type.Literal('published'), ...event, ...place }),
    named('LostEvent', {
      state: Type.Literal('lost', {
        description: 'published to a log that Kafka lost; waits for its operators',
      }),
      ...event,
      ...place,
    }),
    named('ArchivedEvent', {
      state: Type.Literal('archived', { description: 'published longer ago than such receipts are kept' }),
      version,
    }),
  ],
  { title: 'EventDelivery' },
);
const EventDeliveries = named('EventDeliveries', { data: Type.Array(EventDeliveryView) });

export function orderEventsRoutes(dependencies: {
  readonly verifyToken: VerifyToken;
  readonly readOrderEvents: ReadOrderEvents;
}): FastifyPluginAsyncTypebox {
  const { verifyToken, readOrderEvents } = dependencies;
  return async (app) => {
    app.get(
      '/v1/orders/:id/events',
      {
        onRequest: requireScope(verifyToken, ['orders:read', 'orders:read:any']),
        config: { problems: ['not-found'] },
        schema: {
          operationId: 'readOrderEvents',
          summary: 'Where each event of an order is on its way to Kafka',
          tags: ['orders'],
          params: closed({ id: Uuid }),
          response: { 200: answer('One entry per version of the order', EventDeliveries) },
        },
      },
      async (request) => {
        const id = request.params.id.toLowerCase();
        return { data: valueOf(await readOrderEvents(id, principalOf(request))).map(deliveryView) };
      },
    );
  };
}

function deliveryView(delivery: EventDelivery): Type.Static<typeof EventDeliveryView> {
  switch (delivery.state) {
    case 'pending':
    case 'parked':
    case 'archived':
      return delivery;
    case 'published':
    case 'lost': {
      const { publishedAt, ...known } = delivery;
      return { ...known, published_at: publishedAt.toISOString() };
    }
  }
}
