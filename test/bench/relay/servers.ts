import { totalmem } from 'node:os';
import path from 'node:path';
import { Admin } from '@platformatic/kafka';
import {
  freePort,
  type LocalServer,
  type Progress,
  startKafka,
  startPostgres,
  startRedis,
} from '../../../infra/local/index.ts';
import { bootstrapCluster } from '../../../infra/postgres/bootstrap.ts';
import { runMigrations } from '../../../infra/postgres/migrate.ts';
import { orderDatabase, salesDatabase } from '../../../infra/postgres/roles.ts';
import { migratedTemplate, urlOf } from './databases.ts';

/** Kafka on one machine: one broker, or three with replication 3 and min ISR 2. */
export interface KafkaCluster extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly nodes: readonly LocalServer[];
  /** Starts the first broker again, on its port and data, after it was killed. */
  restartFirst(): Promise<void>;
}

const salesTemplate = 'bench_sales';

/**
 * PostgreSQL as in production: it waits for the disk at each commit, and keeps what it works on in memory (a quarter of
 * the machine's, as the manual has it in 19.4.1, but no more than a run has use for). Its order database is a template,
 * migrated.
 */
export async function startBenchPostgres(folder: string, progress: Progress): Promise<LocalServer> {
  const server = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    port: await freePort(),
    progress,
    durability: 'disk',
    sharedBuffersMegabytes: Math.min(Math.floor(totalmem() / 4 / 2 ** 20), 2_048),
  });
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [orderDatabase(migratedTemplate), salesDatabase(salesTemplate)],
  });
  await runMigrations({
    orders: urlOf(server.url, migratedTemplate, 'waybill_migrator'),
    sales: urlOf(server.url, salesTemplate, 'waybill_migrator'),
  });
  return server;
}

export async function startBenchRedis(folder: string, progress: Progress): Promise<LocalServer> {
  return await startRedis({ dataDir: path.join(folder, 'redis'), port: await freePort(), progress });
}

export async function startCluster(folder: string, size: 1 | 3, progress: Progress): Promise<KafkaCluster> {
  const clusterId = 'AbenchAbenchAbenchAben';
  const ids = Array.from({ length: size }, (_, index) => index + 1);
  const controllers = await Promise.all(ids.map(() => freePort()));
  const voters = ids.map((id) => `${id}@127.0.0.1:${controllers[id - 1]}`);
  const startNode = async (id: number, port: number): Promise<LocalServer> =>
    await startKafka({
      dataDir: path.join(folder, `kafka-${id}`),
      port,
      progress,
      node: { id, controllerPort: controllers[id - 1] ?? 0, voters, clusterId },
    });
  const outcomes = await Promise.allSettled(ids.map(async (id) => await startNode(id, await freePort())));
  const nodes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    brokers: nodes.map(({ url }) => url),
    nodes,
    async restartFirst() {
      const [first] = nodes;
      if (first === undefined) throw new Error('the cluster has no broker');
      await first.exited;
      nodes[0] = await startNode(1, first.port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

export async function createTopic(cluster: KafkaCluster, topic: string, partitions: number): Promise<void> {
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [...cluster.brokers] });
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas: cluster.nodes.length });
  } finally {
    await admin.close();
  }
}

/** What was read back is not needed any more: the disk of a bench is small. */
export async function deleteTopic(cluster: KafkaCluster, topic: string): Promise<void> {
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [...cluster.brokers] });
  try {
    await admin.deleteTopics({ topics: [topic] });
  } finally {
    await admin.close();
  }
}
