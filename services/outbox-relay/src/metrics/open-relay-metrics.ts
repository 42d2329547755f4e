import type { RelayStatus } from '@waybill/outbox/relay';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { openBacklogReader } from './backlog-reader.ts';
import { registerOutboxMetrics } from './outbox-metrics.ts';
import { RelayMetrics } from './relay-metrics.ts';
import { registerStatusMetrics } from './status-metrics.ts';

interface RelayMetricsOptions {
  readonly registry: Registry;
  readonly databaseUrl: string;
  readonly statusOf: () => RelayStatus;
  /** How old progress may be before the relay is stuck, in ms. */
  readonly stallLimitMs: () => number;
  readonly logger: Logger;
  /** Monotonic time in ms. */
  readonly monotonic: () => number;
}

/** Everything that the relay shows at /metrics beside its process; reads nothing before the first scrape. */
export function openRelayMetrics(options: RelayMetricsOptions): {
  readonly meter: RelayMetrics;
  readonly close: () => Promise<void>;
} {
  const { registry, databaseUrl, statusOf, stallLimitMs, logger, monotonic } = options;
  const { read, close } = openBacklogReader(databaseUrl, logger);
  const topics = registerOutboxMetrics({ registry, read, logger, monotonic });
  registerStatusMetrics(registry, statusOf, stallLimitMs);
  const meter = new RelayMetrics(registry, topics);
  return { meter, close };
}
