import type { ComposeService } from './docker/compose.ts';
import { askCluster } from './kafka/probe.ts';
import { prepareKafka, startKafka } from './kafka/start.ts';
import type { LocalServer, StartOptions } from './local-server.ts';
import { postgresBinaries } from './postgres/binaries.ts';
import { dataDirectoryOf } from './postgres/probe.ts';
import { startPostgres } from './postgres/start.ts';
import { redisBinary } from './redis/binary.ts';
import { pingRedis } from './redis/probe.ts';
import { startRedis } from './redis/start.ts';
import { userForPostgres } from './unprivileged-user.ts';

/** One of the three servers that Waybill stands on, and every way to have it. */
export interface ServerKind {
  readonly name: 'PostgreSQL' | 'Kafka' | 'Redis';
  /** Points at one that runs already. */
  readonly variable: 'DATABASE_URL' | 'KAFKA_BROKERS' | 'REDIS_URL';
  /** In docker-compose.yml. */
  readonly service: ComposeService;
  /** Taken by `npm start` when it is free. */
  readonly preferredPort: number;
  /** Makes sure that a native one runs here, fetching what it needs; throws LocalServerError when it does not. */
  readonly prepareNative: (options: Pick<StartOptions, 'progress' | 'signal'>) => Promise<void>;
  readonly startNative: (options: StartOptions) => Promise<LocalServer>;
  /** How a container's published port is reached. */
  readonly urlAt: (port: number) => string;
  /** One question in its protocol; throws when nobody answers it. */
  readonly ask: (url: string) => Promise<unknown>;
}

export const postgres: ServerKind = {
  name: 'PostgreSQL',
  variable: 'DATABASE_URL',
  service: 'postgres',
  preferredPort: 55_432,
  prepareNative: async () => void postgresBinaries(userForPostgres()),
  startNative: startPostgres,
  urlAt: (port) => `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
  ask: dataDirectoryOf,
};

export const kafka: ServerKind = {
  name: 'Kafka',
  variable: 'KAFKA_BROKERS',
  service: 'kafka',
  preferredPort: 59_092,
  prepareNative: async ({ progress, signal }) => void (await prepareKafka(progress, signal)),
  startNative: startKafka,
  urlAt: (port) => `127.0.0.1:${port}`,
  ask: (brokers) => Promise.any(brokers.split(',').map((broker) => askCluster(broker.trim()))),
};

export const redis: ServerKind = {
  name: 'Redis',
  variable: 'REDIS_URL',
  service: 'redis',
  preferredPort: 56_379,
  prepareNative: async ({ progress, signal }) => void (await redisBinary(progress, signal)),
  startNative: startRedis,
  urlAt: (port) => `redis://127.0.0.1:${port}`,
  ask: pingRedis,
};
