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
const SHOPPING = { clients: 20, orders: ORDERS, thinkMs: 1_500 };

it('loses, invents and disorders nothing while the relay is killed twice and Kafka once, each with a batch unanswered', async () => {
  await using system = await startSystem(inject('servers').redisUrl);
  const shoppers = startShoppers(system, await fillCatalogue(system), SHOPPING);
  const inFlight: number[] = [];

  for (const placed of [50, 100]) {
    inFlight.push(await freezeKafkaUnderABatch(system, shoppers, placed));
    const before = shoppers.placed;
    await system.killRelay();
    inFlight.push(shoppers.placed - before);
    system.signalKafka('SIGCONT');
    await system.restartRelay();
  }
  expect(shoppers.placed).toBeLessThan(ORDERS);
  inFlight.push(await freezeKafkaUnderABatch(system, shoppers, shoppers.placed));
  const before = shoppers.placed;
  system.signalKafka('SIGKILL');
  inFlight.push(shoppers.placed - before);
  await system.restartKafka();
  await shoppers.finished;

  await until('every order is published and projected', () => isAtRest(system), 60_000);
  const outbox = await readOutbox(system.orders.urlFor('superuser'));
  const records = await readRecords(system.brokers, ['order_placed', 'order_cancelled']);
  expect(judge({ ...outbox, records }, orderVerdicts)).toEqual([]);
  expect(orderDifferences(await readOrders(system.orders.urlFor('superuser')), outbox.events)).toEqual([]);
  expect(outbox.events).toHaveLength(ORDERS);
  const duplicates = countDuplicates(records).total;
  // What the frozen broker had received from a killed relay it writes when it wakes up: the faults were real.
  expect(duplicates).toBeGreaterThan(0);
  expect(duplicates).toBeLessThanOrEqual(inFlight.reduce((sum, events) => sum + events, 0));
  expect(
    salesDifferences(
      await readOrderTotals(system.orders.urlFor('superuser')),
      await readProjectionTotals(system.sales.urlFor('superuser')),
    ),
  ).toEqual([]);
}, 240_000);

/**
 * Freezes Kafka in the middle of the traffic and waits until the relay holds batches that nobody answers. The clients
 * go on: the caller adds what they place until its fault.
 *
 * @returns events that are sent and not acknowledged
 */
async function freezeKafkaUnderABatch(system: System, shoppers: Shoppers, placed: number): Promise<number> {
  const enough = until(`${placed} orders are placed`, () => shoppers.placed >= placed, 60_000);
  await Promise.race([enough, shoppers.finished.then(() => enough)]);
  system.signalKafka('SIGSTOP');
  let events = 0;
  let looks = 0;
  // Counted before they are encoded: after some looks they have left the process, and are the broker's to write.
  await until('the relay holds unanswered batches', async () => {
    events = await system.eventsInFlight();
    looks = events > 0 ? looks + 1 : 0;
    return looks === 5;
  });
  return events;
}

async function isAtRest(system: System): Promise<boolean> {
  const orders = await readOrderTotals(system.orders.urlFor('superuser'));
  const projection = await readProjectionTotals(system.sales.urlFor('superuser'));
  const { receipts, events } = await readOutbox(system.orders.urlFor('superuser'));
  const published = receipts.reduce((sum, receipt) => sum + receipt.seqs.length, 0);
  return published === events.length && salesDifferences(orders, projection).length === 0;
}
