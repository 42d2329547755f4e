import {
  processMetrics,
  runService,
  type ServiceContext,
  startManagementServer,
  startTracing,
} from '@waybill/service-host';
import { openOrderApi, type OrderApi } from './app.ts';
import {
  groupsFrom,
  type OrderApiSettings,
  ormSettingsFrom,
  protectionFrom,
  reportSettingsFrom,
  settingsFrom,
} from './config.ts';
import type { ProtectionObserver, Protection } from './http/protection/protection.ts';
import { tokenKeys } from './http/token-keys.ts';
import { observabilityOf } from './observability/observability.ts';
import { readinessOf } from './readiness.ts';
import { redisRateCounter } from './redis-rate-counter.ts';

await runService({
  name: 'order-api',
  async start({ signal, logger, onClose }) {
    const settings = settingsFrom(process.env);
    logger.level = settings.LOG_LEVEL;

    const registry = processMetrics();
    const tracing = await startTracing('order-api', settings);
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

    const observability = observabilityOf({
      registry,
      tracing,
      logger,
      slowStatementMs: settings.DATABASE_SLOW_STATEMENT_MS,
      monotonic: () => performance.now(),
    });
    const api = await openOrderApi({
      ...ormSettingsFrom(settings),
      reportDatabase: reportSettingsFrom(settings),
      redisUrl: settings.REDIS_URL,
      publicUrl: settings.PUBLIC_URL,
      keys: tokenKeys(new URL(settings.JWKS_URL), Date.now),
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      groups: groupsFrom(settings),
      observability,
      protection: protectionOf(settings, observability.protection, { logger, onClose }),
      logger,
      signal,
    });
    onClose(async () => api[Symbol.asyncDispose]());
    const url = await api.http.listen({ host: settings.HOST, port: settings.PORT });
    listening = api;
    logger.info({ url, management: management.url }, 'listening');
  },
});

function protectionOf(
  settings: OrderApiSettings,
  observer: ProtectionObserver,
  { logger, onClose }: Pick<ServiceContext, 'logger' | 'onClose'>,
): Protection {
  const others = { ...protectionFrom(settings), observer };
  if (settings.RATE_LIMIT_PER_MINUTE === 0) return { ...others, rateLimit: { kind: 'off' } };
  const counter = redisRateCounter(settings.REDIS_URL, logger, () => performance.now());
  onClose(() => counter.close());
  const rateLimit = { kind: 'per minute', requests: settings.RATE_LIMIT_PER_MINUTE, counter } as const;
  return { ...others, rateLimit };
}
