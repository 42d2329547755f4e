import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { standingOrders } from '../../examples/kit-consumer/standing-orders.ts';
import { running } from '../../services/sales-projection/src/consumer.fixture.ts';
import { someOrders } from '../../services/sales-projection/src/orders.fixture.ts';
import { eventually } from '../../services/sales-projection/src/sales.fixture.ts';
import {
  createTopics,
  publish,
  settingsFor,
  silentLog,
  uniqueName,
} from '../../services/sales-projection/src/topics.fixture.ts';
import { createSalesDatabase } from '../servers/databases.ts';
import '../servers/provided.ts';

const { kafkaBrokers } = inject('servers');
const orders = someOrders(60);
const placed = orders.map((one) => one.placed);
const cancelled = orders.flatMap((one) => (one.cancelled ? [one.cancelled] : []));

test('the consumer of docs/consumers.md keeps each standing order once, whatever comes early or twice', async () => {
  const topics = [uniqueName('placed'), uniqueName('cancelled')] as const;
  await createTopics(kafkaBrokers, topics);
  await publish(kafkaBrokers, topics[1], [...cancelled, ...cancelled]);
  await publish(kafkaBrokers, topics[0], [...placed, ...placed]);

  // The projection's database has the kit's tables.
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSalesDatabase());
  const pool = new pg.Pool({ connectionString: database.urlFor('superuser') });
  stack.defer(() => pool.end());
  await pool.query('create table standing_orders (order_id uuid primary key, total numeric(12,2) not null)');
  const kafka = { settings: settingsFor(kafkaBrokers), logger: silentLog };
  const source = kafkaMessageSource({ ...kafka, fromBeginning: true });
  const deadLetterTopics = stack.use(kafkaDeadLetterTopics(kafka));
  const consumer = standingOrders(pool, { group: uniqueName('kit'), topics, source, deadLetterTopics });
  stack.use(running(consumer));

  const all = 2 * (placed.length + cancelled.length);
  await eventually('everything was applied or skipped', () => {
    const { applied, skipped } = consumer.status().sinceStart;
    return applied + skipped >= all;
  });
  const { rows } = await pool.query('select order_id, total::text from standing_orders order by order_id');
  const standing = orders.filter((one) => one.cancelled === undefined).map((one) => one.placed);
  expect(rows).toEqual(
    standing
      .map(({ key, payload }) => ({ order_id: key, total: JSON.parse(payload).total }))
      .toSorted((a, b) => (a.order_id < b.order_id ? -1 : 1)),
  );
  expect(consumer.status().sinceStart).toMatchObject({ deadLetters: 0, diverged: 0 });
});
