import { type Catalogue, orderNumber } from './catalogue.ts';
import type { OrderApiClient, PlacedOrder } from './order-api-client.ts';

export interface Placing {
  readonly run: string;
  readonly orders: number;
  /** Requests under way at the same time. */
  readonly concurrency: number;
  readonly catalogue: Catalogue;
  readonly onPlaced: (order: PlacedOrder) => void;
}

/** @throws the first refusal or failure; others under way then still end by themselves */
export async function placeOrders(api: OrderApiClient, placing: Placing, signal: AbortSignal): Promise<void> {
  const { run, orders, concurrency, catalogue, onPlaced } = placing;
  let next = 0;
  const placeOneAfterAnother = async (): Promise<void> => {
    while (next < orders && !signal.aborted) {
      const i = next;
      next += 1;
      onPlaced(await api.placeOrder(orderNumber(i, catalogue), `demo-${run}-${i}`));
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, orders) }, placeOneAfterAnother));
}
