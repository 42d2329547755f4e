import { randomUUID } from 'node:crypto';
import { encodeOrderCancelled, encodeOrderPlaced, type EncodedEvent } from '@waybill/contracts';
import { createKafkaPublisher } from '@waybill/kafka';
import { retryable } from '@waybill/retry';
import { silentLogger } from '../relay/silent-logger.ts';

const partitions = 8;
const atOnce = 1_000;
const envelope = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  publicUrl: 'http://127.0.0.1:3000',
  time: new Date('2026-01-31T12:00:00.000Z'),
};

export interface ConsumerLoad {
  readonly brokers: readonly string[];
  readonly placed: string;
  readonly cancelled: string;
  /** Orders of 1,000 buyers; every fifth one is cancelled, so events are 1.2 times as many. */
  readonly orders: number;
}

/** Fills the two topics of orders. @returns how many events */
export async function fillTopics({ brokers, placed, cancelled, orders }: ConsumerLoad): Promise<number> {
  const settings = { brokers, clientId: 'bench-load', requestTimeoutMs: 30_000 };
  const publisher = createKafkaPublisher({ settings, logger: silentLogger });
  const buyers = Array.from({ length: 1_000 }, () => randomUUID());
  const { signal } = new AbortController();
  let events = 0;
  const send = async (topic: string, partition: number, its: readonly EncodedEvent[]): Promise<void> => {
    if (its.length === 0) return;
    const messages = its.map(({ key, payload: value, headers }) => ({ key, value, headers }));
    // A new topic's leaders do not know of it at once. A repetition changes nothing here: nobody reads yet.
    await retryable(
      () => publisher.publish({ topic, partition, messages }),
      {
        attempts: 20,
        baseMs: 50,
        capMs: 500,
        random: Math.random,
        isRetryable: () => true,
      },
      signal,
    );
    events += its.length;
  };
  try {
    for (let from = 0; from < orders; from += atOnce) {
      const made = Array.from({ length: Math.min(atOnce, orders - from) }, (_, i) =>
        orderOf(buyers, from + i),
      );
      const partition = (from / atOnce) % partitions;
      await send(
        placed,
        partition,
        made.map((order) => order.placed),
      );
      await send(
        cancelled,
        partition,
        made.flatMap((order) => order.cancelled ?? []),
      );
    }
  } finally {
    await publisher.close();
  }
  return events;
}

function orderOf(buyers: readonly string[], nth: number) {
  const at = envelope.time.toISOString();
  const facts = {
    order_id: randomUUID(),
    user_id: buyers[nth % buyers.length] ?? '',
    total: '12.50',
    currency: 'EUR',
  };
  const items = [1, 2].map(() => ({
    product_id: randomUUID(),
    sku: 'TEA-1',
    quantity: 1,
    unit_price: '6.25',
  }));
  const placed = encodeOrderPlaced({ ...envelope, data: { ...facts, version: 1, items, placed_at: at } });
  if (nth % 5 > 0) return { placed };
  return {
    placed,
    cancelled: encodeOrderCancelled({ ...envelope, data: { ...facts, version: 2, cancelled_at: at } }),
  };
}
