import type { CommittedEvent } from './facts.ts';
import { centsOf } from './sales.ts';

/** A row of `orders`. */
export interface OrderRow {
  readonly id: string;
  readonly userId: string;
  readonly version: number;
  readonly total: string;
  readonly currency: string;
}

/**
 * Orders and events that do not tell the same story (promise P1): an order of version n has exactly the events 1 … n,
 * each event has its order, and every event's payload names the order's buyer, currency and total.
 */
export function orderDifferences(orders: readonly OrderRow[], events: readonly CommittedEvent[]): string[] {
  const byKey = Map.groupBy(events, (event) => event.key);
  const known = new Set(orders.map((order) => order.id));
  const orphans = [...byKey.keys()]
    .filter((key) => !known.has(key))
    .map((key) => `${key} has events and no order`);
  const differing = orders.flatMap((order) => {
    const own = byKey.get(order.id) ?? [];
    const versions = own.map((event) => event.version).toSorted((a, b) => a - b);
    const wanted = Array.from({ length: order.version }, (_, at) => at + 1);
    const story = own.flatMap((event) =>
      payloadDifferences(order, event).map((what) => `${order.id} v${event.version}: ${what}`),
    );
    if (versions.join() === wanted.join()) return story;
    return [
      `${order.id} is at version ${order.version} with events ${versions.join(', ') || 'none'}`,
      ...story,
    ];
  });
  return [...orphans, ...differing];
}

function payloadDifferences(order: OrderRow, event: CommittedEvent): string[] {
  const payload: unknown = JSON.parse(event.payload);
  const field = (name: string): unknown =>
    typeof payload === 'object' && payload !== null
      ? Object.entries(payload).find(([key]) => key === name)?.[1]
      : undefined;
  const total = field('total');
  const wrong = [
    field('order_id') === order.id ? '' : 'order_id',
    field('user_id') === order.userId ? '' : 'user_id',
    field('currency') === order.currency ? '' : 'currency',
    field('version') === event.version ? '' : 'version',
    typeof total === 'string' && centsOf(total) === centsOf(order.total) ? '' : 'total',
  ];
  return wrong
    .filter((name) => name !== '')
    .map((name) => `${name} in the payload is ${JSON.stringify(field(name))}`);
}
