export { type KafkaCluster, startKafkaCluster } from './kafka/cluster.ts';
export type { ClientAccess } from './kafka/properties.ts';
export { startKafka } from './kafka/start.ts';
export {
  type LocalServer,
  LocalServerError,
  type Progress,
  type RunningServer,
  type StartOptions,
} from './local-server.ts';
export { freePort } from './ports.ts';
export { startPostgres } from './postgres/start.ts';
export { startRedis } from './redis/start.ts';
