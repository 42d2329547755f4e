import { randomUUID } from 'node:crypto';
import { type EncodedEvent, encodeOrderCancelled, encodeOrderPlaced } from '@waybill/contracts';

/** One order of a test, with the events that tell of it. */
export interface TestOrder {
  readonly buyer: string;
  readonly currency: string;
  readonly cents: number;
  readonly placed: EncodedEvent;
  /** Only some orders are cancelled. */
  readonly cancelled?: EncodedEvent;
}

const envelope = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  publicUrl: 'http://127.0.0.1:3000',
  time: new Date('2026-01-31T12:00:00.000Z'),
};

const text = (cents: number): string => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

export interface OrderFacts {
  readonly buyer: string;
  readonly currency?: string;
  readonly cents: number;
  readonly ends: 'placed' | 'cancelled';
}

export function order({ buyer, currency = 'EUR', cents, ends }: OrderFacts): TestOrder {
  const facts = { order_id: randomUUID(), user_id: buyer, total: text(cents), currency };
  const items = [{ product_id: randomUUID(), sku: 'TEA-1', quantity: 1, unit_price: text(cents) }];
  const at = envelope.time.toISOString();
  const placed = encodeOrderPlaced({ ...envelope, data: { ...facts, version: 1, items, placed_at: at } });
  const base = { buyer, currency, cents, placed };
  if (ends === 'placed') return base;
  const cancelled = encodeOrderCancelled({ ...envelope, data: { ...facts, version: 2, cancelled_at: at } });
  return { ...base, cancelled };
}

/** `count` orders of a few buyers in two currencies, every third of them cancelled. */
export function someOrders(count: number): TestOrder[] {
  const buyers = [randomUUID(), randomUUID(), randomUUID()] as const;
  return Array.from({ length: count }, (_, i) =>
    order({
      buyer: buyers[i % 3] ?? '',
      currency: i % 2 === 0 ? 'EUR' : 'USD',
      cents: 1 + ((i * 7_919) % 99_999),
      ends: i % 3 === 0 ? 'cancelled' : 'placed',
    }),
  );
}

export interface Total {
  readonly user_id: string;
  readonly currency: string;
  readonly orders: string;
  readonly spent: string;
}

/** What the totals must be once everything is applied, counted without the code under test. */
export function expectedTotals(orders: readonly TestOrder[]): Total[] {
  const standing = orders.filter(({ cancelled }) => cancelled === undefined);
  return Object.entries(Object.groupBy(standing, ({ buyer, currency }) => `${buyer} ${currency}`))
    .map(([identity, its = []]) => {
      const [user_id = '', currency = ''] = identity.split(' ');
      const cents = its.reduce((sum, one) => sum + one.cents, 0);
      return { user_id, currency, orders: String(its.length), spent: text(cents) };
    })
    .toSorted(byIdentity);
}

export function byIdentity(a: Total, b: Total): number {
  return `${a.user_id} ${a.currency}`.localeCompare(`${b.user_id} ${b.currency}`);
}
