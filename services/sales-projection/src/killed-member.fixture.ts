import { createConsumer } from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import pg from 'pg';
import { projectionOptions } from './projection.ts';
import { settingsFor, silentLog } from './topics.fixture.ts';

/**
 * A process that consumes like the service and dies by SIGKILL after its first transaction has committed and before
 * its offsets are: the one moment in which an event is applied and Kafka does not know.
 *
 * Arguments: database URL, group, brokers and topics separated by commas.
 */
const [databaseUrl = '', group = '', brokers = '', topics = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl });
const over = { settings: settingsFor(brokers.split(',')), logger: silentLog };
const kafka = kafkaMessageSource({ ...over, fromBeginning: true });

const consumer = createConsumer({
  ...projectionOptions({ pool, group, topics: topics.split(','), generation: 1 }),
  deadLetterTopics: kafkaDeadLetterTopics(over),
  source: {
    consume: (subscription) =>
      kafka.consume({
        ...subscription,
        onBatch: async (batch) => {
          await subscription.onBatch(batch);
          if (consumer.status().sinceStart.applied > 0) process.kill(process.pid, 'SIGKILL');
        },
      }),
  },
});
await consumer.run(new AbortController().signal);
