import { processMetrics, runService, startManagementServer, startTracing } from '@waybill/service-host';
import { openOrderApi, type OrderApi } from './app.ts';
import { ormSettingsFrom, reportSettingsFrom, settingsFrom } from './config.ts';
import { tokenKeys } from './http/token-keys.ts';
import { observabilityOf } from './observability/observability.ts';
import { readinessOf } from './readiness.ts';

await runService({
  name: 'order-api',
  async start({ signal, logger, onClose }) {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;

    const registry = processMetrics();
    const tracing = startTracing('order-api', settings);
    if (tracing.state === 'on') onClose(() => tracing.close());
    let listening: OrderApi | undefined;
    const management = await startManagementServer({
      host: settings.MANAGEMENT_HOST,
      port: settings.MANAGEMENT_PORT,
      live: () => ({ status: 'ok' }),
      ready: () => readinessOf(listening, signal),
      metrics: registry,
    });
    onClose(() => management.close());

    const api = await openOrderApi({
      ...ormSettingsFrom(settings),
      reportDatabase: reportSettingsFrom(settings),
      redisUrl: settings.REDIS_URL,
      publicUrl: settings.PUBLIC_URL,
      keys: tokenKeys(new URL(settings.JWKS_URL), Date.now),
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      groups: {
        groupSize: settings.ORDER_GROUP_SIZE,
        groupsAtOnce: settings.ORDER_GROUPS_AT_ONCE,
        waitingAtMost: settings.ORDER_QUEUE_LIMIT,
      },
      observability: observabilityOf({
        registry,
        tracing,
        logger,
        slowStatementMs: settings.DATABASE_SLOW_STATEMENT_MS,
        monotonic: () => performance.now(),
      }),
      logger,
      signal,
    });
    onClose(async () => api[Symbol.asyncDispose]());
    const url = await api.http.listen({ host: settings.HOST, port: settings.PORT });
    listening = api;
    logger.info({ url, management: management.url }, 'listening');
  },
});
