import { type Consumer, createConsumer } from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import { processMetrics, runService, startManagementServer, startTracing } from '@waybill/service-host';
import { settingsFrom } from './config.ts';
import { addConsumerMetrics } from './consumer-metrics.ts';
import { groupOf } from './generations/group-of.ts';
import { type Counting, runGenerations } from './generations/run-generations.ts';
import { livenessOf } from './health.ts';
import { topBuyers } from './http/top-buyers.ts';
import { openPool } from './persistence/pool.ts';
import { requireSchema } from './persistence/schema-is-there.sql.ts';
import { observeBy } from './observer.ts';
import { projectionOptions } from './projection.ts';
import { tracedObserver } from './traced-observer.ts';

/** Partitions handled side by side; each has a transaction of its own. */
const CONCURRENCY = 4;

await runService({
  name: 'sales-projection',
  // Long because everything is put together in one place, in the order in which it is closed.
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;
    const group = settings.KAFKA_GROUP;

    const pool = openPool({
      databaseUrl: settings.DATABASE_URL,
      // For what serves and a rebuild, and a few more, so that neither checks nor upkeep wait for a batch.
      size: 2 * CONCURRENCY + 4,
      statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      queryTimeoutMs: settings.DATABASE_QUERY_TIMEOUT_MS,
    });
    onClose(() => pool.end());
    // The query that needed the connection fails by itself; an idle one is simply replaced.
    pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));

    const kafka = { ...settings.kafka, clientId: 'sales-projection', requestTimeoutMs: 5_000 };
    const deadLetterTopics = kafkaDeadLetterTopics({ settings: kafka, logger });
    onClose(async () => deadLetterTopics[Symbol.asyncDispose]());
    const tracing = await startTracing('sales-projection', settings);
    if (tracing.state === 'on') onClose(() => tracing.close());
    const said = observeBy(logger);
    const observer = tracing.state === 'on' ? tracedObserver(said, tracing.tracer) : said;
    const consumerOf = (generation: number): Consumer =>
      createConsumer({
        ...projectionOptions({ pool, generation, group: groupOf(group, generation) }),
        source: kafkaMessageSource({
          settings: kafka,
          logger,
          fromBeginning: true,
          concurrency: CONCURRENCY,
        }),
        deadLetterTopics,
        observer,
      });
    // Until the database has said which generation serves, the first one stands for it, not running.
    let counting: Counting = { serving: consumerOf(1), building: undefined };
    const registry = processMetrics();
    addConsumerMetrics(registry, () => counting.serving.status());

    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => livenessOf([counting.serving, counting.building].map((one) => one?.status())),
      ready: async () => {
        const { state } = counting.serving.status();
        if (state === 'joining') return { status: 'unavailable', reason: `joining the group ${group}` };
        await requireSchema(pool);
        return { status: 'ok' };
      },
      status: () => counting.serving.status(),
      metrics: registry,
      reads: { '/v1/buyers/top': (query) => topBuyers(pool, query) },
    });
    onClose(() => management.close());

    await runGenerations(
      {
        pool,
        group,
        createConsumer: consumerOf,
        onCounting: (consumers) => {
          counting = consumers;
        },
        logger,
      },
      signal,
    );
  },
});
