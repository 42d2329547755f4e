import { decodeEvent, type OrderEvent } from '@waybill/contracts';
import { type ConsumerOptions, createConsumer, payloadOf, pgStorage } from '@waybill/inbox';
import type { ClientBase, Pool } from 'pg';

type Options = ConsumerOptions<ClientBase, OrderEvent>;

/** Keeps the orders that stand: one comes when it is placed and goes when it is cancelled. */
export function standingOrders(
  pool: Pool,
  kafka: Pick<Options, 'group' | 'topics' | 'source' | 'deadLetterTopics'>,
) {
  return createConsumer<ClientBase, OrderEvent>({
    ...kafka,
    order: 'gapless',
    aggregateTopics: kafka.topics,
    storage: pgStorage(pool),
    parse: (event) => decodeEvent(event.headers, payloadOf(event)),
    handler: async (client, events) => {
      for (const { key, data: event } of events) {
        if (event.type === 'waybill.order.placed.v1')
          await client.query('insert into standing_orders values ($1, $2)', [key, event.data.total]);
        if (event.type === 'waybill.order.cancelled.v1')
          await client.query('delete from standing_orders where order_id = $1', [key]);
      }
    },
    onPoison: 'successors wait',
  });
}
