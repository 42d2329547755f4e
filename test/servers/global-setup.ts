import type { TestProject } from 'vitest/node';
import { type RunningServer, type StartOptions, startPostgres } from '../../infra/local/index.ts';
import { kafka, postgres, redis } from '../../infra/local/servers.ts';
import { bootstrapCluster } from '../../infra/postgres/bootstrap.ts';
import { orderDatabase, salesDatabase } from '../../infra/postgres/roles.ts';
import { runMigrations } from '../../infra/postgres/migrate.ts';
import './provided.ts';
import {
  givenKafkaVariable,
  makeRunFolder,
  removeRunFolder,
  runFolderVariable,
  sweepDeadRuns,
} from './run-folder.ts';
import { startForRun } from './start-for-run.ts';
import { orderTemplate, salesTemplate } from './templates.ts';

/** Tests survive no power cut, so PostgreSQL need not wait for the disk. */
const forgetful = {
  ...postgres,
  startNative: (options: StartOptions) => startPostgres({ ...options, durability: 'process' }),
};

/** Starts PostgreSQL, Kafka and Redis for one run of the integration tests; the returned function ends them. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  await sweepDeadRuns();
  const handedDown = process.env[runFolderVariable];
  const folder = handedDown ?? makeRunFolder();
  const progress = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const started = performance.now();
  const outcomes = await Promise.allSettled([
    startForRun(forgetful, folder, progress).then(migrated),
    startForRun(kafka, folder, progress, process.env[givenKafkaVariable]),
    startForRun(redis, folder, progress),
  ]);
  const stopAll = async (): Promise<void> => {
    const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    await Promise.all(running.map(async (server) => server.stop()));
    // A folder of `npm test` is removed by it, after the runner is gone.
    if (handedDown === undefined) await removeRunFolder(folder);
  };
  const [database, broker, cache] = outcomes;
  if (database.status === 'rejected' || broker.status === 'rejected' || cache.status === 'rejected') {
    await stopAll();
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    throw new AggregateError(reasons, reasons.map(String).join('\n'));
  }
  project.provide('servers', {
    postgresUrl: database.value.url,
    kafkaBrokers: [broker.value.url],
    redisUrl: cache.value.url,
    folder,
  });
  progress(`PostgreSQL, Kafka and Redis answer after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return stopAll;
}

async function migrated(server: RunningServer): Promise<RunningServer> {
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
