import { processMetrics, runService, startManagementServer } from '@waybill/service-host';
import { JobsApp } from './app.ts';
import { settingsFrom } from './config.ts';
import { registerJobsGauges } from './metrics/jobs-metrics.ts';

/** Far above what a check takes with a database that hangs. */
const SILENCE_LIMIT_MS = 120_000;

await runService({
  name: 'jobs',
  start: async ({ signal, logger, onClose }) => {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;
    const registry = processMetrics();
    const app = new JobsApp(settings, registry, logger);
    registerJobsGauges(registry, () => app.facts);
    onClose(() => app.close());

    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => {
        const { silentMs } = app;
        if (silentMs < SILENCE_LIMIT_MS) return { status: 'ok' };
        return { status: 'unavailable', reason: `no check for ${Math.round(silentMs / 1_000)} s` };
      },
      ready: () =>
        app.isReady ? { status: 'ok' } : { status: 'unavailable', reason: 'PostgreSQL does not answer' },
      status: () => app.status,
      metrics: registry,
    });
    onClose(() => management.close());

    await app.run(signal);
  },
});
