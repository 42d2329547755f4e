import path from 'node:path';
import type { TestProject } from 'vitest/node';
import {
  freePort,
  type LocalServer,
  startKafka,
  startPostgres,
  startRedis,
} from '../../infra/local/index.ts';
import { bootstrapCluster } from '../../infra/postgres/bootstrap.ts';
import { orderDatabase, salesDatabase } from '../../infra/postgres/roles.ts';
import { runMigrations } from '../../infra/postgres/migrate.ts';
import './provided.ts';
import { makeRunFolder, removeRunFolder, runFolderVariable, sweepDeadRuns } from './run-folder.ts';
import { orderTemplate, salesTemplate } from './templates.ts';

/** Starts PostgreSQL, Kafka and Redis for one run of the integration tests; the returned function ends them. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  await sweepDeadRuns();
  const handedDown = process.env[runFolderVariable];
  const folder = handedDown ?? makeRunFolder();
  const progress = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const started = performance.now();
  const place = async (name: string) => ({
    dataDir: path.join(folder, name),
    port: await freePort(),
    progress,
  });
  const outcomes = await Promise.allSettled([
    place('postgres')
      .then((options) => startPostgres({ ...options, durability: 'process' }))
      .then(migrated),
    place('kafka').then(startKafka),
    place('redis').then(startRedis),
  ]);
  const stopAll = async (): Promise<void> => {
    const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    await Promise.all(running.map(async (server) => server.stop()));
    // A folder of `npm test` is removed by it, after the runner is gone.
    if (handedDown === undefined) await removeRunFolder(folder);
  };
  const [postgres, kafka, redis] = outcomes;
  if (postgres.status === 'rejected' || kafka.status === 'rejected' || redis.status === 'rejected') {
    await stopAll();
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    throw new AggregateError(reasons, reasons.map(String).join('\n'));
  }
  project.provide('servers', {
    postgresUrl: postgres.value.url,
    kafkaBrokers: [kafka.value.url],
    redisUrl: redis.value.url,
    folder,
  });
  progress(`PostgreSQL, Kafka and Redis answer after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return stopAll;
}

async function migrated(server: LocalServer): Promise<LocalServer> {
  await bootstrapCluster(server.url, {
    passwordOf: (role) => role,
    databases: [orderDatabase(orderTemplate), salesDatabase(salesTemplate)],
  });
  const urlOf = (database: string): string => {
    const url = new URL(server.url);
    url.username = 'waybill_migrator';
    url.password = 'waybill_migrator';
    url.pathname = `/${database}`;
    return url.href;
  };
  await runMigrations({ orders: urlOf(orderTemplate), sales: urlOf(salesTemplate) });
  return server;
}
