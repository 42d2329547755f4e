export { type KafkaSecurity, kafkaSecurityFrom, kafkaSecurityVariables } from './kafka-security.ts';
export { createLogger, type Logger, loggerOptions } from './logger.ts';
export {
  type Health,
  type HealthCheck,
  type ManagementOptions,
  type ManagementServer,
  type Metrics,
  startManagementServer,
} from './management.ts';
export { processMetrics } from './process-metrics.ts';
export { runService, type Service, type ServiceContext } from './run-service.ts';
export { type Environment, hostSettings, readSettings, SettingsError, secret } from './settings.ts';
export { recordTracing, startTracing, type Tracing, tracingVariables } from './tracing.ts';
