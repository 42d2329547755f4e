import type { Lane } from '../lanes/lane-directory.ts';
import { type Delivery, messagesOf } from './delivery.ts';
import type { RelayParts } from './relay-parts.ts';

/** What became of a delivery. `at` is monotonic time in ms. */
export type SendOutcome =
  | { readonly state: 'acknowledged'; readonly baseOffset: bigint; readonly at: number }
  /** It held no rows to send; what it parks is to be recorded all the same. */
  | { readonly state: 'nothing sent'; readonly at: number }
  | { readonly state: 'failed'; readonly error: unknown };

/** Sends the delivery's rows as one batch. Never rejects: a failure is an answer like any other. */
export async function sendDelivery(
  { publisher, database, monotonic }: Pick<RelayParts, 'publisher' | 'database' | 'monotonic'>,
  { topic, partition }: Lane,
  delivery: Delivery,
): Promise<SendOutcome> {
  try {
    if (delivery.rows.length === 0) return { state: 'nothing sent', at: monotonic() };
    const messages = messagesOf(delivery, database.epoch);
    const { baseOffset } = await publisher.publish({ topic, partition, messages });
    return { state: 'acknowledged', baseOffset, at: monotonic() };
  } catch (error) {
    return { state: 'failed', error };
  }
}
