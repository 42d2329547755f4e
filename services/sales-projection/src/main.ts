import { createConsumer } from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import { processMetrics, runService, startManagementServer } from '@waybill/service-host';
import { settingsFrom } from './config.ts';
import { openPool } from './persistence/pool.ts';
import { requireSchema } from './persistence/schema-is-there.sql.ts';
import { observeBy } from './observer.ts';
import { projectionOptions } from './projection.ts';

/** Partitions handled side by side; each has a transaction of its own. */
const CONCURRENCY = 4;

await runService({
  name: 'sales-projection',
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;
    const group = settings.KAFKA_GROUP;

    const pool = openPool({
      databaseUrl: settings.DATABASE_URL,
      // Two more, so that neither the readiness check nor upkeep waits for a batch.
      size: CONCURRENCY + 2,
      statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      queryTimeoutMs: settings.DATABASE_QUERY_TIMEOUT_MS,
    });
    onClose(() => pool.end());
    // The query that needed the connection fails by itself; an idle one is simply replaced.
    pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));

    const kafka = { ...settings.kafka, clientId: 'sales-projection', requestTimeoutMs: 5_000 };
    const deadLetterTopics = kafkaDeadLetterTopics({ settings: kafka, logger });
    onClose(async () => deadLetterTopics[Symbol.asyncDispose]());
    const consumer = createConsumer({
      ...projectionOptions({ pool, group }),
      source: kafkaMessageSource({ settings: kafka, logger, fromBeginning: true, concurrency: CONCURRENCY }),
      deadLetterTopics,
      observer: observeBy(logger),
    });

    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => ({ status: 'ok' }),
      ready: async () => {
        const { state } = consumer.status();
        if (state === 'joining') return { status: 'unavailable', reason: `joining the group ${group}` };
        await requireSchema(pool);
        return { status: 'ok' };
      },
      status: () => consumer.status(),
      metrics: processMetrics(),
    });
    onClose(() => management.close());

    await consumer.run(signal);
  },
});
