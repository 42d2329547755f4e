import { randomBytes } from 'node:crypto';
import { fork } from 'node:child_process';
import path from 'node:path';
import type { LocalServer, Progress } from '../../../infra/local/index.ts';
import { repositoryRoot } from '../../../infra/local/repository-root.ts';
import { serviceStarter } from '../../servers/service-process.ts';
import { type BenchDatabase, cloneDatabase, migratedTemplate, useTopic } from './databases.ts';
import type { ClientName } from './options.ts';
import { type KafkaCluster, startBenchPostgres, startBenchRedis, startCluster } from './servers.ts';

/** Lanes of the topics of the bench: as many as Waybill's topics have. */
export const partitions = 8;

/** The servers of one run and what is made on them. Every part of the bench stands on it. */
export interface Ground extends AsyncDisposable {
  /** Removed with the run. */
  readonly folder: string;
  readonly postgres: LocalServer;
  readonly redis: LocalServer;
  readonly progress: Progress;
  /** Started when it is first asked for; the other size is ended, for memory. */
  cluster(size: 1 | 3): Promise<KafkaCluster>;
  /** A migrated database whose only topic is `topic`. */
  emptyDatabase(topic: string): Promise<BenchDatabase>;
  cloneOf(template: BenchDatabase): Promise<BenchDatabase>;
  /** The product's own process, ready. */
  startRelay(
    database: BenchDatabase,
    cluster: Pick<KafkaCluster, 'brokers'>,
    client: ClientName,
  ): Promise<LocalServer>;
}

/** @param folder everybody may walk through it; servers keep their data there */
export async function prepareGround(folder: string, progress: Progress): Promise<Ground> {
  const stack = new AsyncDisposableStack();
  try {
    const postgres = stack.use(await startBenchPostgres(folder, progress));
    const redis = stack.use(await startBenchRedis(folder, progress));
    const startService = serviceStarter(folder);
    let current: { readonly size: 1 | 3; readonly cluster: KafkaCluster } | undefined;
    stack.defer(async () => await current?.cluster[Symbol.asyncDispose]());
    return {
      folder,
      postgres,
      redis,
      progress,
      async cluster(size) {
        if (current?.size === size) return current.cluster;
        await current?.cluster[Symbol.asyncDispose]();
        current = undefined;
        progress(`starting Kafka: ${size} broker${size === 1 ? '' : 's'}`);
        const cluster = await startCluster(path.join(folder, `cluster-${freshName()}`), size, progress);
        current = { size, cluster };
        return cluster;
      },
      async emptyDatabase(topic) {
        const database = await cloneDatabase(postgres.url, migratedTemplate, freshName());
        await useTopic(database, topic, partitions);
        return database;
      },
      cloneOf: (template) => cloneDatabase(postgres.url, template.name, freshName()),
      startRelay: (database, cluster, client) =>
        startService('outbox-relay', {
          DATABASE_URL: database.urlFor('waybill_relay'),
          KAFKA_BROKERS: cluster.brokers.join(','),
          KAFKA_CLIENT: client,
          REDIS_URL: redis.url,
        }),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** For a topic, a database or a folder. */
export function freshName(): string {
  return `bench_${randomBytes(4).toString('hex')}`;
}

/** One of the bench's programs, in a process of its own. */
export interface Program<Result> {
  /** Resolves when it says that it is at work: a busy machine takes seconds to start a process. */
  readonly begun: Promise<void>;
  /** Tells it to come to an end. */
  finish(): void;
  /** Rejects when it ends without a result. */
  readonly result: Promise<Result>;
}

/**
 * Starts a program that gets `order` as its first message and answers with its result.
 *
 * @param file from the repository's root
 * @param isResult whether a message is what the program came to
 */
export function startProgram<Result>(
  file: string,
  order: object,
  isResult: (message: unknown) => message is Result,
): Program<Result> {
  const child = fork(path.join(repositoryRoot, file), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const begun = Promise.withResolvers<void>();
  child.on('message', (message) => {
    if (message === 'begun') begun.resolve();
    if (isResult(message)) resolve(message);
  });
  promise.catch((error: unknown) => begun.reject(error));
  begun.promise.catch(() => undefined); // whoever does not wait for it waits for the result
  child.once('error', reject);
  child.once('exit', (code, signal) =>
    reject(new Error(`${file} ended without a result (${signal ?? code})`)),
  );
  child.send(order);
  return { begun: begun.promise, finish: () => void child.send('finish'), result: promise };
}

/** @throws Error when the program ends without a result */
export async function runProgram<Result>(
  file: string,
  order: object,
  isResult: (message: unknown) => message is Result,
): Promise<Result> {
  return await startProgram(file, order, isResult).result;
}
