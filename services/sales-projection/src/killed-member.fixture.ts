import { runConsumer } from '@waybill/kafka';
import pg from 'pg';
import { projectBatch } from './projection.ts';
import { settingsFor, silentLog } from './topics.fixture.ts';

/**
 * A process that consumes like the service and dies by SIGKILL after its first transaction has committed and before
 * its offsets are: the one moment in which an event is applied and Kafka does not know.
 *
 * Arguments: database URL, group, brokers and topics separated by commas.
 */
const [databaseUrl = '', group = '', brokers = '', topics = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl });

await runConsumer({
  settings: settingsFor(brokers.split(',')),
  group,
  topics: topics.split(','),
  fromBeginning: true,
  onBatch: async (batch) => {
    const { applied } = await projectBatch({ pool, group }, batch);
    if (applied > 0) process.kill(process.pid, 'SIGKILL');
  },
  signal: new AbortController().signal,
  logger: silentLog,
});
