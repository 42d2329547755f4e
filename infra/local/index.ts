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
