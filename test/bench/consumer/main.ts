/**
 * `npm run bench:consumer [-- --orders 420000 --rounds 3]`: how many events a second the consumer kit applies, against a
 * bare client that only counts and against one transaction per message, on servers of its own with fsync. Rounds are
 * interleaved and the ratios are medians. The memory is looked at in each of the kit's rounds.
 */
import { parseArgs } from 'node:util';
import { inRunFolder, progress } from '../in-run-folder.ts';
import { cloneDatabase } from '../relay/databases.ts';
import { freshName, runProgram } from '../relay/ground.ts';
import { thisMachine } from '../relay/machine.ts';
import { createTopic, startBenchPostgres, startCluster } from '../relay/servers.ts';
import { fillTopics } from './load.ts';
import { type Round, tableOf } from './results.ts';
import { type ConsumerPlan, type ConsumerSpeed, isSpeed } from './speed.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '420000' },
    rounds: { type: 'string', default: '3' },
  },
});
/** One transaction per message is slow: it gets a part of the topics and is measured by its rate. */
const fewer = 20;

async function measure(folder: string): Promise<void> {
  const machine = thisMachine();
  await using stack = new AsyncDisposableStack();
  const postgres = await startBenchPostgres(folder, progress);
  stack.defer(() => postgres.stop());
  const cluster = stack.use(await startCluster(folder, 1, progress));
  const [placed, cancelled] = [freshName(), freshName()];
  await Promise.all([placed, cancelled].map((topic) => createTopic(cluster, topic, 8)));
  const { brokers } = cluster;
  const events = await fillTopics({ brokers, placed, cancelled, orders: Number(values.orders) });
  progress(`${events} events are in Kafka`);
  const topics = [placed, cancelled];

  const contest = async (way: ConsumerPlan['way'], its: number): Promise<ConsumerSpeed> => {
    await using database = await cloneDatabase(postgres.url, 'bench_sales', freshName());
    await database.inside(async (client) => {
      await client.query('create table bench_seen (id text primary key)');
      await client.query('grant select, insert on bench_seen to waybill_sales');
      await client.query(`grant connect on database ${database.name} to waybill_sales`);
      await client.query('checkpoint');
    });
    const plan: ConsumerPlan = {
      way,
      brokers,
      topics,
      events: its,
      databaseUrl: database.urlFor('waybill_sales'),
    };
    return await runProgram('test/bench/consumer/contestant.process.ts', plan, isSpeed);
  };
  const rounds: Round[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const kit = await contest('kit', events);
    const single = await contest('onePerTransaction', Math.ceil(events / fewer));
    const bare = await runProgram(
      'packages/kafka/src/bare-consumer.bench.ts',
      { brokers, topics, events },
      isSpeed,
    );
    rounds.push({ kit, bare: bare.eventsPerSecond, single: single.eventsPerSecond });
    const rates = [kit, bare, single].map(({ eventsPerSecond }) => eventsPerSecond.toFixed(0));
    progress(`round ${round}: kit, bare, one per transaction: ${rates.join(', ')} events/s`);
  }
  process.stdout.write(tableOf({ machine, events, rounds }));
}

await inRunFolder(measure);
