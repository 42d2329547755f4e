import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { GroupObserver } from '../use-cases/group-queue.ts';

const sizes = [1, 2, 4, 8, 16, 32, 64, 100];
/** In seconds. */
const waits = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** How orders gather in units of work. Called for every group: series are looked up once. */
export function measureGroups(registry: Registry): GroupObserver {
  const registers = [registry];
  const waiting = new Gauge({
    name: 'waybill_api_orders_waiting',
    help: 'Orders that wait for the next unit of work.',
    registers,
  });
  const running = new Gauge({
    name: 'waybill_api_groups_running',
    help: 'Units of work with orders that are under way.',
    registers,
  });
  const size = new Histogram({
    name: 'waybill_api_group_orders',
    help: 'Orders that shared a unit of work.',
    buckets: sizes,
    registers,
  });
  const wait = new Histogram({
    name: 'waybill_api_group_wait_seconds',
    help: 'How long the first order of a group waited for the group before it.',
    buckets: waits,
    registers,
  });
  const turnedAway = new Counter({
    name: 'waybill_api_orders_turned_away_total',
    help: 'Orders answered 503 because too many waited already.',
    registers,
  });
  return {
    changed(ordersWaiting, groupsRunning) {
      waiting.set(ordersWaiting);
      running.set(groupsRunning);
    },
    began(orders, waitedMs) {
      size.observe(orders);
      wait.observe(waitedMs / 1_000);
    },
    turnedAway: (orders) => turnedAway.inc(orders),
  };
}
