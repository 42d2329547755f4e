import { topics } from '@waybill/contracts';
import { type ConsumerState, type FailingPartition, runConsumer } from '@waybill/kafka';
import { processMetrics, runService, startManagementServer } from '@waybill/service-host';
import { settingsFrom } from './config.ts';
import { openPool } from './persistence/pool.ts';
import { requireSchema } from './persistence/schema-is-there.sql.ts';
import { projectBatch } from './projection.ts';
import { withHeartbeats } from './with-heartbeats.ts';

/** Partitions handled side by side; each has a transaction of its own. */
const CONCURRENCY = 4;

/** A database that hangs takes longer than the group's patience of 15 s to be given up. */
const HEARTBEAT_MS = 3_000;

await runService({
  name: 'sales-projection',
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;
    const group = settings.KAFKA_GROUP;

    const pool = openPool({
      databaseUrl: settings.DATABASE_URL,
      // One more, so that the readiness check need not wait for a batch.
      size: CONCURRENCY + 1,
      statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      queryTimeoutMs: settings.DATABASE_QUERY_TIMEOUT_MS,
    });
    onClose(() => pool.end());
    // The query that needed the connection fails by itself; an idle one is simply replaced.
    pool.on('error', (error) => logger.debug({ err: error }, 'an idle database connection broke'));

    let state: ConsumerState = 'joining';
    let failing: readonly FailingPartition[] = [];
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
      status: () => ({ group, state, failing, sinceStart: totals }),
      metrics: processMetrics(),
    });
    onClose(() => management.close());

    await runConsumer({
      settings: { ...settings.kafka, clientId: 'sales-projection', requestTimeoutMs: 5_000 },
      group,
      topics: topics.map(({ name }) => name),
      fromBeginning: true,
      concurrency: CONCURRENCY,
      onState: (next) => {
        state = next;
      },
      onFailing: (partitions) => {
        failing = partitions;
      },
      onBatch: async (batch) => {
        const { topic, partition, messages } = batch;
        const work = projectBatch({ pool, group }, { topic, messages });
        const outcome = await withHeartbeats(work, () => batch.heartbeat(), HEARTBEAT_MS);
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
