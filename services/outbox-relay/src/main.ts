import { Relay, type RelaySettings } from '@waybill/outbox/relay';
import {
  type Logger,
  processMetrics,
  runService,
  startManagementServer,
  startTracing,
} from '@waybill/service-host';
import pg from 'pg';
import { type RelayServiceSettings, settingsFrom } from './config.ts';
import { listenToDoorbell } from './doorbell.ts';
import { livenessOf, readinessOf } from './health.ts';
import { openRelayMetrics } from './metrics/open-relay-metrics.ts';
import { publisherFactory } from './publisher-factory.ts';
import { sayStateChanges } from './say-state-changes.ts';
import { tracedPublisher } from './traced-publisher.ts';

/** Reads, progress, heartbeats and lanes that recover by themselves run side by side. */
const DATABASE_CONNECTIONS = 6;

/** At most. Like a statement, a connection that takes half a lease comes too late to renew it. */
const CONNECTION_TIMEOUT_MS = 5_000;

await runService({
  name: 'outbox-relay',
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;

    const tracing = await startTracing('outbox-relay', settings);
    if (tracing.state === 'on') onClose(() => tracing.close());
    const pool = openPool(settings, logger);
    onClose(() => pool.end());

    const publisher = (await publisherFactory[settings.KAFKA_CLIENT]())({
      settings: {
        ...settings.kafka,
        clientId: 'outbox-relay',
        requestTimeoutMs: settings.KAFKA_REQUEST_TIMEOUT_MS,
      },
      logger,
    });
    onClose(() => publisher.close());

    const monotonic = (): number => performance.now();
    const stateLog = sayStateChanges(logger, monotonic);
    onClose(() => stateLog[Symbol.dispose]());
    const registry = processMetrics();
    const { meter, close } = openRelayMetrics({
      registry,
      databaseUrl: settings.DATABASE_URL,
      statusOf: () => relay.status,
      stallLimitMs: () => relay.stallLimitMs,
      logger,
      monotonic,
    });
    onClose(close);

    const relay = new Relay({
      pool,
      publisher: tracing.state === 'on' ? tracedPublisher(publisher, tracing.tracer) : publisher,
      listener(event) {
        meter.count(event);
        stateLog.say(event);
      },
      meter,
      settings: relaySettings(settings),
    });
    onClose(listenToDoorbell(settings.REDIS_URL, (lanes) => relay.ring(lanes), logger));

    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => livenessOf(relay.status, relay.stallLimitMs),
      ready: () => readinessOf(relay.status, signal),
      status: () => relay.status,
      metrics: registry,
    });
    onClose(() => management.close());

    await relay.run(signal);
  },
});

function relaySettings(settings: RelayServiceSettings): Partial<RelaySettings> {
  return {
    leaseMs: settings.RELAY_LEASE_MS,
    sendTimeoutMs: settings.KAFKA_REQUEST_TIMEOUT_MS,
    onLogLoss: settings.RELAY_ON_LOG_LOSS,
    retentionDays: settings.OUTBOX_RETENTION_DAYS,
  };
}

function openPool(settings: RelayServiceSettings, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    connectionString: settings.DATABASE_URL,
    max: DATABASE_CONNECTIONS,
    application_name: 'outbox-relay',
    connectionTimeoutMillis: Math.min(CONNECTION_TIMEOUT_MS, settings.RELAY_LEASE_MS / 2),
    keepAlive: true,
  });
  // The query that needed the connection fails by itself; an idle one is simply replaced.
  pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));
  return pool;
}
