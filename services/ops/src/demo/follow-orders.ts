import { wait } from '@waybill/retry';
import { OperatorError } from '../operator-error.ts';
import type { Databases } from './databases.ts';
import { readApplied, readPublished } from './event-times.sql.ts';
import type { Counts, Journeys } from './journeys.ts';
import type { ProgressLine } from './progress-line.ts';

/** Between two looks, in ms. */
const lookEveryMs = 200;
/** Orders asked for in one look. */
const atATime = 1_000;

export interface Following {
  readonly journeys: Journeys;
  /** Orders that are to arrive. */
  readonly orders: number;
  /** The projection's consumer group. */
  readonly group: string;
  readonly line: ProgressLine;
  /** Without any progress for so long the demo gives up, in ms. */
  readonly patienceMs: number;
}

/**
 * Looks until every order is in Kafka and in the totals, or `signal` aborts.
 *
 * @throws OperatorError when nothing moves any more, naming what stands still
 */
export async function followOrders(
  { orders: orderDatabase, sales }: Databases,
  { journeys, orders, group, line, patienceMs }: Following,
  signal: AbortSignal,
): Promise<void> {
  let movedAt = performance.now();
  let before = 0;
  while (!signal.aborted) {
    await lookOnce();
    const { counts } = journeys;
    await line.show(counts, performance.now());
    if (counts.projected === orders && counts.published === orders) return;
    const sum = counts.placed + counts.published + counts.projected;
    if (sum !== before) movedAt = performance.now();
    before = sum;
    if (performance.now() - movedAt > patienceMs) throw standstill(counts, orders, patienceMs);
    await wait(lookEveryMs, signal);
  }

  async function lookOnce(): Promise<void> {
    const unpublished = journeys.unpublished(atATime);
    const unapplied = journeys.unapplied(atATime);
    const [published, applied] = await Promise.all([
      unpublished.length === 0 ? [] : readPublished(orderDatabase, unpublished),
      unapplied.length === 0 ? [] : readApplied(sales, group, unapplied),
    ]);
    journeys.published(published);
    journeys.applied(applied);
  }
}

function standstill({ placed, published, projected }: Counts, orders: number, patienceMs: number) {
  const seconds = patienceMs / 1_000;
  const what =
    placed < orders
      ? `${placed} of ${orders} orders are placed: look at order-api`
      : published < orders
        ? `${published} of ${orders} events are in Kafka: look at outbox-relay`
        : `${projected} of ${orders} events are in the totals: look at sales-projection`;
  return new OperatorError(`Nothing has moved for ${seconds} s. ${what} (.local/logs).`);
}
