import { expect, inject, it } from 'vitest';
import {
  countDuplicates,
  judge,
  orderDifferences,
  orderVerdicts,
  readOrders,
  readOrderTotals,
  readOutbox,
  readProjectionTotals,
  readRecords,
  salesDifferences,
} from '../checker/index.ts';
import { until } from '../relay/bench.ts';
import { fillCatalogue, type Shoppers, startShoppers } from './shoppers.ts';
import { startSystem, type System } from './system.ts';

const ORDERS = 500;
const CLIENTS = 20;

it('loses, invents and disorders nothing while the relay is killed twice and Kafka once, each with a batch unanswered', async () => {
  await using system = await startSystem(inject('servers').redisUrl);
  const shoppers = startShoppers(system, await fillCatalogue(system), CLIENTS, ORDERS);
  const inFlight: number[] = [];

  for (const part of [0.2, 0.45]) {
    inFlight.push(await holdBatchesUnanswered(system, shoppers, part));
    await system.killRelay();
    system.signalKafka('SIGCONT');
    shoppers.resume();
    await system.restartRelay();
  }
  inFlight.push(await holdBatchesUnanswered(system, shoppers, 0.7));
  system.signalKafka('SIGKILL');
  shoppers.resume();
  await system.restartKafka();
  await shoppers.finished;

  await until('every order is published and projected', () => isAtRest(system), 60_000);
  const outbox = await readOutbox(system.orders.urlFor('superuser'));
  const records = await readRecords(system.brokers, ['order_placed', 'order_cancelled']);
  expect(judge({ ...outbox, records }, orderVerdicts)).toEqual([]);
  expect(orderDifferences(await readOrders(system.orders.urlFor('superuser')), outbox.events)).toEqual([]);
  expect(outbox.events).toHaveLength(ORDERS);
  expect(inFlight.every((events) => events > 0)).toBe(true);
  expect(countDuplicates(records).total).toBeLessThanOrEqual(
    inFlight.reduce((sum, events) => sum + events, 0),
  );
  expect(
    salesDifferences(
      await readOrderTotals(system.orders.urlFor('superuser')),
      await readProjectionTotals(system.sales.urlFor('superuser')),
    ),
  ).toEqual([]);
}, 240_000);

/**
 * Freezes Kafka in the middle of the traffic and holds the clients back until what the relay has sent stands still.
 *
 * @returns events that are sent and not acknowledged
 */
async function holdBatchesUnanswered(system: System, shoppers: Shoppers, part: number): Promise<number> {
  await until(`${part * ORDERS} orders are placed`, () => shoppers.placed >= ORDERS * part, 60_000);
  system.signalKafka('SIGSTOP');
  const frozenAt = shoppers.placed;
  await until('orders are placed while Kafka is frozen', () => shoppers.placed >= frozenAt + 40, 60_000);
  await shoppers.pause();
  let last = -1;
  let steady = 0;
  await until('the relay holds unanswered batches', async () => {
    const eventsInFlight = await system.eventsInFlight();
    steady = eventsInFlight === last ? steady + 1 : 0;
    last = eventsInFlight;
    return eventsInFlight > 0 && steady >= 10;
  });
  return last;
}

async function isAtRest(system: System): Promise<boolean> {
  const orders = await readOrderTotals(system.orders.urlFor('superuser'));
  const projection = await readProjectionTotals(system.sales.urlFor('superuser'));
  const { receipts, events } = await readOutbox(system.orders.urlFor('superuser'));
  const published = receipts.reduce((sum, receipt) => sum + receipt.seqs.length, 0);
  return published === events.length && salesDifferences(orders, projection).length === 0;
}
