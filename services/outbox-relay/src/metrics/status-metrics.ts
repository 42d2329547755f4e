import type { RelayStatus } from '@waybill/outbox/relay';
import { Gauge, type Registry } from 'prom-client';

/** Undefined where there is nothing to say, which is not the same as zero. */
const gauges: readonly {
  readonly name: string;
  readonly help: string;
  readonly value: (status: RelayStatus) => number | undefined;
}[] = [
  {
    name: 'waybill_relay_ready',
    help: '1 while this relay may take lanes and send, else 0.',
    value: (status) => Number(status.state === 'running' && status.lease === 'good'),
  },
  {
    name: 'waybill_relay_progress_age_seconds',
    help: 'For how long the slowest loop of this relay has not come round; /livez fails when it is stuck.',
    value: (status) => (status.state === 'stopped' ? undefined : status.progressAgeMs / 1_000),
  },
  {
    name: 'waybill_relay_lanes_held',
    help: 'Lanes that this relay works on.',
    value: (status) => (status.state === 'running' ? status.lanes : 0),
  },
  {
    name: 'waybill_relay_lanes_backing_off',
    help: 'Lanes that this relay holds and that wait to try again.',
    value: (status) => (status.state === 'running' ? status.lanesBackingOff : 0),
  },
  {
    name: 'waybill_relay_events_in_flight',
    help: 'Events that were sent and neither refused nor recorded: what a crash now would repeat.',
    value: (status) => (status.state === 'running' ? status.eventsInFlight : 0),
  },
  {
    name: 'waybill_relay_source_epoch',
    help: 'The epoch of the database that this relay publishes from; it rises at a failover or a restore.',
    value: (status) => (status.state === 'running' ? status.epoch : undefined),
  },
];

/**
 * What this relay knows of itself, from memory at each scrape.
 *
 * @param stallLimitMs how old progress may be before the relay is stuck, in ms
 */
export function registerStatusMetrics(
  registry: Registry,
  statusOf: () => RelayStatus,
  stallLimitMs: () => number,
): void {
  for (const { name, help, value } of gauges) {
    const gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const number = value(statusOf());
        if (number === undefined) gauge.remove();
        else gauge.set(number);
      },
    });
  }
  new Gauge({
    name: 'waybill_relay_progress_limit_seconds',
    help: 'The progress age above which this relay is stuck: three leases and a pause.',
    registers: [registry],
    collect() {
      this.set(stallLimitMs() / 1_000);
    },
  });
}
