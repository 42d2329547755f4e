import { createLogger, processMetrics } from '@waybill/service-host';
import { JobsMetrics, registerJobsGauges } from '../../services/jobs/src/metrics/jobs-metrics.ts';
import { observabilityOf } from '../../services/order-api/src/observability/observability.ts';
import { registerOutboxMetrics } from '../../services/outbox-relay/src/metrics/outbox-metrics.ts';
import { RelayMetrics } from '../../services/outbox-relay/src/metrics/relay-metrics.ts';
import { registerStatusMetrics } from '../../services/outbox-relay/src/metrics/status-metrics.ts';
import { addConsumerMetrics } from '../../services/sales-projection/src/consumer-metrics.ts';

type Registry = ReturnType<typeof processMetrics>;

/** Names of the series that the services show at /metrics, by what their own code registers. */
export function seriesOfEveryService(): ReadonlySet<string> {
  const registry = processMetrics();
  registerAll(registry);
  return new Set(registry.getMetricsAsArray().flatMap(({ name }) => seriesOf(registry, name)));
}

function registerAll(registry: Registry): void {
  const logger = createLogger({ service: 'test', level: 'silent' });
  new RelayMetrics(registry, unread);
  registerStatusMetrics(registry, unread, unread);
  registerOutboxMetrics({ registry, read: unread, logger, monotonic: unread });
  observabilityOf({
    registry,
    tracing: { state: 'off' },
    logger,
    slowStatementMs: 1,
    monotonic: unread,
  });
  new JobsMetrics(registry, []);
  registerJobsGauges(registry, unread);
  addConsumerMetrics(registry, unread);
}

function seriesOf(registry: Registry, name: string): readonly string[] {
  if (registry.getSingleMetric(name)?.constructor.name !== 'Histogram') return [name];
  return ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`);
}

function unread(): never {
  throw new Error('only the names of the metrics are asked for');
}
