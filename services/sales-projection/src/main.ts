import { topics } from '@waybill/contracts';
import { type ConsumerState, runConsumer } from '@waybill/kafka';
import { runService, startManagementServer } from '@waybill/service-host';
import pg from 'pg';
import { settingsFrom } from './config.ts';
import { requireSchema } from './persistence/schema-is-there.sql.ts';
import { projectBatch } from './projection.ts';

/** Partitions handled side by side; each has a transaction of its own. */
const CONCURRENCY = 4;

await runService({
  name: 'sales-projection',
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;
    const group = settings.KAFKA_GROUP;

    const pool = new pg.Pool({
      connectionString: settings.DATABASE_URL,
      // One more, so that the readiness check need not wait for a batch.
      max: CONCURRENCY + 1,
      application_name: 'sales-projection',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    onClose(() => pool.end());
    // The query that needed the connection fails by itself; an idle one is simply replaced.
    pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));

    let state: ConsumerState = 'joining';
    const totals = { batches: 0, applied: 0, kept: 0, skipped: 0 };

    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => ({ status: 'ok' }),
      ready: async () => {
        if (state === 'joining') return { status: 'unavailable', reason: `joining the group ${group}` };
        await requireSchema(pool);
        return { status: 'ok' };
      },
      status: () => ({ group, state, sinceStart: totals }),
    });
    onClose(() => management.close());

    await runConsumer({
      settings: { brokers: settings.KAFKA_BROKERS, clientId: 'sales-projection', requestTimeoutMs: 5_000 },
      group,
      topics: topics.map(({ name }) => name),
      fromBeginning: true,
      concurrency: CONCURRENCY,
      onState: (next) => {
        state = next;
      },
      onBatch: async ({ topic, partition, messages }) => {
        const outcome = await projectBatch({ pool, group }, { topic, messages });
        totals.batches += 1;
        totals.applied += outcome.applied;
        totals.kept += outcome.kept;
        totals.skipped += outcome.skipped;
        logger.debug({ topic, partition, ...outcome }, 'applied a batch');
      },
      signal,
      logger,
    });
  },
});
