import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventDelivery } from '../domain/event-delivery.ts';

interface Row {
  readonly topic: string;
  readonly version: number;
  readonly type: string;
  readonly state: 'pending' | 'parked' | 'published' | 'lost';
  readonly reason: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly published_ms: number | null;
}

/** Where the order's events are, by the outbox's own function: two index reads per event, see its definition. */
export async function orderDeliveries(em: EntityManager, orderId: string): Promise<readonly EventDelivery[]> {
  const rows = await em.execute<Row[]>(
    `select topic, version, type, state, reason, partition, "offset"::text as "offset",
            (extract(epoch from published_at) * 1000)::bigint::float8 as published_ms
     from outbox_delivery(?)`,
    [orderId],
  );
  return rows.map(deliveryOf);
}

function deliveryOf({
  topic,
  version,
  type,
  state,
  reason,
  partition,
  offset,
  published_ms,
}: Row): EventDelivery {
  const event = { topic, version, type };
  if (state === 'pending') return { ...event, state };
  if (state === 'parked') return { ...event, state, reason: reason ?? 'unknown' };
  if (partition === null || offset === null || published_ms === null) {
    throw new Error(`a ${state} event without its place in ${topic}`);
  }
  return { ...event, state, partition, offset, publishedAt: new Date(published_ms) };
}
