import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createConsumer } from '@waybill/inbox';
import { kafkaDeadLetterTopics, kafkaMessageSource } from '@waybill/kafka';
import pg from 'pg';
import { beforeAll, expect, inject, test } from 'vitest';
import { createSalesDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import { running } from './consumer.fixture.ts';
import { expectedTotals, someOrders } from './orders.fixture.ts';
import { projectionOptions } from './projection.ts';
import { eventually, query, readTotals } from './sales.fixture.ts';
import { committed, createTopics, publish, settingsFor, silentLog, uniqueName } from './topics.fixture.ts';

const brokers = inject('servers').kafkaBrokers;
const orders = someOrders(120);
const placed = orders.map((one) => one.placed);
const cancelled = orders.flatMap((one) => (one.cancelled ? [one.cancelled] : []));
const events = placed.length + cancelled.length;

const topics = [uniqueName('placed'), uniqueName('cancelled')] as const;
beforeAll(async () => {
  await createTopics(brokers, topics);
  await publish(brokers, topics[1], cancelled);
  await publish(brokers, topics[0], placed);
});

/** A member whose first answers get lost: what it has applied is not committed in Kafka. */
async function consume(databaseUrl: string, group: string, lostAnswers: number) {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  let lost = 0;
  const over = { settings: settingsFor(brokers), logger: silentLog };
  const kafka = kafkaMessageSource({ ...over, fromBeginning: true });
  const consumer = createConsumer({
    ...projectionOptions({ pool, group, topics, generation: 1 }),
    deadLetterTopics: kafkaDeadLetterTopics(over),
    source: {
      consume: (subscription) =>
        kafka.consume({
          ...subscription,
          onBatch: async (batch) => {
            const before = consumer.status().sinceStart.applied;
            await subscription.onBatch({ ...batch, applied: () => undefined });
            if (lost < lostAnswers && consumer.status().sinceStart.applied > before) {
              lost += 1;
              throw new Error('the answer got lost');
            }
          },
        }),
    },
  });
  const member = running(consumer);
  return {
    seen: () => ({ ...consumer.status().sinceStart, lost }),
    [Symbol.asyncDispose]: async () => {
      await member[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

test('given batches whose offsets were not committed, their redelivery changes nothing', async () => {
  await using database = await createSalesDatabase();
  const group = uniqueName('group');
  await using member = await consume(database.urlFor('waybill_sales'), group, 3);
  await eventually(
    'everything is committed',
    async () => (await committed(brokers, group, topics)) === events,
  );
  expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(expectedTotals(orders));
  expect(member.seen().lost).toBe(3);
  expect(member.seen().skipped).toBeGreaterThan(0);
  expect(member.seen().applied).toBe(events);
});

test('given a member killed between its commit and that of its offsets, its successor applies nothing twice', async () => {
  await using database = await createSalesDatabase();
  const group = uniqueName('group');
  const fixture = fileURLToPath(new URL('./killed-member.fixture.ts', import.meta.url));
  const args = [fixture, database.urlFor('waybill_sales'), group, brokers.join(','), topics.join(',')];
  const victim = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  expect(await once(victim, 'exit')).toEqual([null, 'SIGKILL']);

  const atDeath = await query(database.urlFor('waybill_ops'), 'select from ops_gate');
  expect(atDeath.length).toBeGreaterThan(0);
  expect(await readTotals(database.urlFor('waybill_ops'))).not.toEqual(expectedTotals(orders));

  // The group waits 15 s for the dead member before it gives its partitions away.
  await using successor = await consume(database.urlFor('waybill_sales'), group, 0);
  await eventually(
    'everything is committed',
    async () => (await committed(brokers, group, topics)) === events,
  );
  expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(expectedTotals(orders));
  expect(successor.seen().skipped).toBeGreaterThan(0);
});
