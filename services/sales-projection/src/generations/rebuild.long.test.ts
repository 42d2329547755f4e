import type { Consumer } from '@waybill/inbox';
import { expect, inject, test } from 'vitest';
import { createSalesDatabase } from '../../../../test/servers/databases.ts';
import '../../../../test/servers/provided.ts';
import { projectionOf } from '../consumer.fixture.ts';
import { expectedTotals, someOrders, type TestOrder } from '../orders.fixture.ts';
import { openPool } from '../persistence/pool.ts';
import { eventually, query, readTotals } from '../sales.fixture.ts';
import { createTopics, publish, silentLog, uniqueName } from '../topics.fixture.ts';
import { groupOf } from './group-of.ts';
import { runGenerations } from './run-generations.ts';

test('a rebuild counts everything again beside what serves, goes on after a restart, and is switched to', async () => {
  await using database = await createSalesDatabase();
  const ops = database.urlFor('waybill_ops');
  const brokers = inject('servers').kafkaBrokers;
  const group = uniqueName('group');
  const topics = [uniqueName('placed'), uniqueName('cancelled')] as const;
  await createTopics(brokers, topics);
  const place = async (orders: readonly TestOrder[]): Promise<void> => {
    await publish(
      brokers,
      topics[0],
      orders.map(({ placed }) => placed),
    );
    await publish(
      brokers,
      topics[1],
      orders.flatMap(({ cancelled }) => cancelled ?? []),
    );
  };
  const pool = openPool({
    databaseUrl: database.urlFor('waybill_sales'),
    size: 8,
    statementTimeoutMs: 8_000,
    queryTimeoutMs: 10_000,
  });
  pool.on('error', () => undefined);
  /** As the service does it, until the end of the scope. */
  const serve = () => {
    const stop = new AbortController();
    const started: number[] = [];
    const serving: Consumer[] = [];
    const ended = runGenerations(
      {
        pool,
        group,
        createConsumer: (generation) => {
          started.push(generation);
          return projectionOf(brokers, { pool, topics, generation, group: groupOf(group, generation) });
        },
        onCounting: (now) => void serving.push(now.serving),
        logger: silentLog,
        everyMs: 50,
        clearing: { everyMs: 100, batchSize: 10 },
      },
      stop.signal,
    );
    return {
      started,
      serving,
      async [Symbol.asyncDispose]() {
        stop.abort();
        await ended;
      },
    };
  };
  const [before, during] = [someOrders(60), someOrders(30)];
  const all = [...before, ...during];
  const totalsAre = (orders: readonly TestOrder[]) => async () =>
    JSON.stringify(await readTotals(ops)) === JSON.stringify(expectedTotals(orders));
  await place(before);
  {
    await using _first = serve();
    await eventually('the first orders are counted', totalsAre(before));
  }
  // Something went wrong with the totals, and somebody asks for new ones; twice is once.
  await query(database.urlFor('superuser'), 'update buyer_totals set spent = spent + 1');
  const wrong = await readTotals(ops);
  for (let time = 0; time < 2; time += 1) {
    expect(await query(ops, `select projection_rebuild('ada', 'the totals are off') as n`)).toEqual([
      { n: 2 },
    ]);
  }
  expect(await readTotals(ops)).toEqual(wrong);
  const states = () =>
    query(ops, 'select generation, state from ops_projection_generations order by generation');
  {
    // Stopped as soon as it has begun.
    await using interrupted = serve();
    await eventually('the rebuild has begun', () => interrupted.started.includes(2));
  }
  await using again = serve();
  await place(during);
  await eventually('the rebuilt totals serve', totalsAre(all));
  expect(await states()).toEqual([
    { generation: 1, state: 'retired' },
    { generation: 2, state: 'active' },
  ]);
  const more = someOrders(10);
  await place(more);
  await eventually('it goes on', totalsAre([...all, ...more]));
  await eventually(
    'it is told as the one that serves',
    async () => again.serving.at(-1)?.status().group === groupOf(group, 2),
  );
  await eventually('the first generation is cleared', async () => {
    const remains = `select from buyer_totals where generation = 1 union all
      select from inbox_gate where consumer_group = $1`;
    return (await query(database.urlFor('superuser'), remains, [group])).length === 0;
  });
  await again[Symbol.asyncDispose]();
  await pool.end();
});
