export { type KafkaAccess, kafkaAccessFrom, kafkaVariables } from './kafka-variables.ts';
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
export {
  databaseUrl,
  type Environment,
  hostSettings,
  readSettings,
  SettingsError,
  secret,
} from './settings.ts';
export { recordTracing, startTracing, type Tracing, tracingVariables } from './tracing.ts';
