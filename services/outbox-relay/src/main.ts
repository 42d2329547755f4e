import { createKafkaPublisher, createPlatformaticPublisher } from '@waybill/kafka';
import { Relay } from '@waybill/outbox/relay';
import { runService, startManagementServer } from '@waybill/service-host';
import pg from 'pg';
import { settingsFrom } from './config.ts';
import { listenToDoorbell } from './doorbell.ts';
import { logRelayEvent } from './relay-log.ts';

/** Reads, progress, heartbeats and lanes that recover by themselves run side by side. */
const DATABASE_CONNECTIONS = 6;

const createPublisher = { kafkajs: createKafkaPublisher, platformatic: createPlatformaticPublisher };

await runService({
  name: 'outbox-relay',
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;

    const pool = new pg.Pool({
      connectionString: settings.DATABASE_URL,
      max: DATABASE_CONNECTIONS,
      application_name: 'outbox-relay',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    onClose(() => pool.end());
    // The query that needed the connection fails by itself; an idle one is simply replaced.
    pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));

    const publisher = createPublisher[settings.KAFKA_CLIENT]({
      settings: {
        ...settings.kafka,
        clientId: 'outbox-relay',
        requestTimeoutMs: settings.KAFKA_REQUEST_TIMEOUT_MS,
      },
      logger,
    });
    onClose(() => publisher.close());

    const relay = new Relay({
      pool,
      publisher,
      listener: (event) => logRelayEvent(logger, event),
      settings: {
        leaseMs: settings.RELAY_LEASE_MS,
        sendTimeoutMs: settings.KAFKA_REQUEST_TIMEOUT_MS,
        retentionDays: settings.OUTBOX_RETENTION_DAYS,
      },
    });
    onClose(listenToDoorbell(settings.REDIS_URL, () => relay.ring(), logger));

    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => ({ status: 'ok' }),
      ready: () => {
        const { state } = relay.status;
        return state === 'running'
          ? { status: 'ok' }
          : { status: 'unavailable', reason: `the relay is ${state}` };
      },
      status: () => relay.status,
    });
    onClose(() => management.close());

    await relay.run(signal);
  },
});
