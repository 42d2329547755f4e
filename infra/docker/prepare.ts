/**
 * What has to be there before the services start, for docker-compose.yml: roles and databases, migrations, topics, and
 * in development a customer, a catalogue, a signing key and tokens. Runs once and ends; run again it changes nothing
 * but passwords that were given anew, and the tokens, which it renews.
 */
import { everyTopic } from '@waybill/contracts';
import { ensureTopics } from '@waybill/kafka';
import { createLogger } from '@waybill/service-host';
import { makeCredentials } from '../local/credentials.ts';
import { seed } from '../local/seed.ts';
import { bootstrapCluster } from '../postgres/bootstrap.ts';
import { runMigrations } from '../postgres/migrate.ts';
import { orderDatabase, type RoleName, salesDatabase } from '../postgres/roles.ts';
import { type PrepareSettings, settingsFrom } from './prepare-config.ts';

const settings = settingsFrom(process.env);
const logger = createLogger({ service: 'prepare', level: settings.LOG_LEVEL });

await bootstrapCluster(settings.POSTGRES_ADMIN_URL, {
  passwordOf: (role) => passwordsOf(settings)[role],
  // Whoever runs this names the passwords: to change one is to run it again.
  otherPasswords: 'replace',
  databases: [
    orderDatabase(databaseOf(settings.MIGRATOR_DATABASE_URL)),
    salesDatabase(databaseOf(settings.SALES_MIGRATOR_DATABASE_URL)),
  ],
});
logger.info('roles and databases are there');

const applied = await runMigrations({
  orders: settings.MIGRATOR_DATABASE_URL,
  sales: settings.SALES_MIGRATOR_DATABASE_URL,
});
logger.info({ applied }, 'migrations have run');

const kafka = { brokers: settings.KAFKA_BROKERS, clientId: 'prepare', requestTimeoutMs: 10_000 };
const { created } = await ensureTopics(kafka, everyTopic, logger);
logger.info({ created }, 'topics are there');

if (settings.WAYBILL_ENV === 'development') {
  await seed(settings.MIGRATOR_DATABASE_URL);
  await makeCredentials(settings.CREDENTIALS_FOLDER);
  logger.info({ folder: settings.CREDENTIALS_FOLDER }, 'a customer, a catalogue, a key and tokens are there');
}

function passwordsOf(from: PrepareSettings): Readonly<Record<RoleName, string>> {
  return {
    waybill_migrator: from.WAYBILL_MIGRATOR_PASSWORD,
    waybill_api: from.WAYBILL_API_PASSWORD,
    waybill_relay: from.WAYBILL_RELAY_PASSWORD,
    waybill_jobs: from.WAYBILL_JOBS_PASSWORD,
    waybill_ops: from.WAYBILL_OPS_PASSWORD,
    waybill_sales: from.WAYBILL_SALES_PASSWORD,
  };
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
