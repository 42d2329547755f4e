import { decodeEvent, type OrderEvent, topics as orderTopics } from '@waybill/contracts';
import {
  type ConsumedEvent,
  type ConsumerOptions,
  type InboxEvent,
  payloadOf,
  pgStorage,
} from '@waybill/inbox';
import type { ClientBase, Pool } from 'pg';
import { totalChanges } from './domain/total-change.ts';
import { holdCounting, noteCounted } from './generations/counted.sql.ts';
import { addToBuyerTotals } from './persistence/buyer-totals.sql.ts';

type SalesOptions = ConsumerOptions<ClientBase, OrderEvent>;

export interface Projection {
  readonly pool: Pool;
  /** The consumer group; its gates say what was applied. */
  readonly group: string;
  /** Which counting the totals belong to. */
  readonly generation: number;
  /** Default: the topics of orders. */
  readonly topics?: readonly string[];
}

/**
 * What the projection asks of the consumer kit: totals and gates in one transaction, no event of an order before the
 * one that precedes it. Behind an order that cannot be counted its later events wait: a cancellation must not take back
 * what was never added.
 */
export function projectionOptions({
  pool,
  group,
  generation,
  topics = orderTopics.map(({ name }) => name),
}: Projection): Omit<SalesOptions & { readonly order: 'gapless' }, 'source' | 'deadLetterTopics'> {
  return {
    group,
    topics,
    order: 'gapless',
    aggregateTopics: topics,
    storage: pgStorage(pool),
    parse: readOrderEvent,
    handler: (client, events) => addTotals(client, generation, events),
    onPoison: 'successors wait',
  };
}

/** @throws ContractError when it is no event of an order */
function readOrderEvent(event: InboxEvent): OrderEvent {
  return decodeEvent(event.headers, payloadOf(event));
}

async function addTotals(
  client: ClientBase,
  generation: number,
  events: readonly ConsumedEvent<OrderEvent>[],
): Promise<void> {
  await holdCounting(client, generation);
  await noteCounted(client, generation, events);
  await addToBuyerTotals(client, generation, totalChanges(events.map(({ data }) => data)));
}
