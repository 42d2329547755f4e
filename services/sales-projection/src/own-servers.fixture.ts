import path from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import { topics } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { freePort, startKafka, startPostgres } from '../../../infra/local/index.ts';
import { bootstrapCluster } from '../../../infra/postgres/bootstrap.ts';
import { salesDatabase } from '../../../infra/postgres/roles.ts';
import { salesMigrationOptions } from './persistence/orm-config.ts';
import { settingsFor, silentLog } from './topics.fixture.ts';

const progress = (): void => undefined;

/** Kafka and PostgreSQL of a test's own, for the service as it is deployed: topics with their fixed names, and the schema. */
export async function startServers(folder: string) {
  const postgresOptions = { dataDir: path.join(folder, 'pg'), port: await freePort(), progress };
  const [kafka, first] = await Promise.all([
    startKafka({ dataDir: path.join(folder, 'kafka'), port: await freePort(), progress }),
    startPostgres({ ...postgresOptions, durability: 'process' }),
  ]);
  let postgres = first;
  const urlFor = (role: string): string => {
    const url = new URL(first.url);
    url.username = role;
    url.password = role;
    url.pathname = '/waybill_sales';
    return url.href;
  };
  await bootstrapCluster(first.url, {
    passwordOf: (role) => role,
    databases: [salesDatabase('waybill_sales')],
  });
  const orm = await MikroORM.init(salesMigrationOptions(urlFor('waybill_migrator')));
  await orm.migrator.up();
  await orm.close(true);
  await ensureTopics(settingsFor([kafka.url]), topics, silentLog);
  return {
    brokers: [kafka.url],
    urlFor,
    postgres: () => postgres,
    /**
     * Immediate shutdown (PostgreSQL manual, 18.5). A fast one ends the sessions one by one, so that a lock held by the
     * first may be had by another, which then still commits.
     */
    killPostgres: async () => {
      postgres.signal('SIGQUIT');
      await postgres.exited;
    },
    startPostgres: async () => {
      postgres = await startPostgres({ ...postgresOptions, durability: 'process' });
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([kafka.stop(), postgres.stop()]);
    },
  };
}
