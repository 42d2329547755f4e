import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runConsumer } from '@waybill/kafka';
import pg from 'pg';
import { beforeAll, expect, inject, test } from 'vitest';
import { createSalesDatabase } from '../../../test/servers/databases.ts';
import '../../../test/servers/provided.ts';
import { expectedTotals, someOrders } from './orders.fixture.ts';
import { projectBatch } from './projection.ts';
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

async function consume(databaseUrl: string, group: string, onFirst: 'go on' | 'forget the offsets') {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const stop = new AbortController();
  const seen = { applied: 0, skipped: 0, forgotten: 0 };
  const consuming = runConsumer({
    settings: settingsFor(brokers),
    group,
    topics,
    fromBeginning: true,
    onBatch: async (batch) => {
      const { applied, skipped } = await projectBatch({ pool, group }, batch);
      seen.applied += applied;
      seen.skipped += skipped;
      if (onFirst === 'forget the offsets' && seen.forgotten < 3 && applied > 0) {
        seen.forgotten += 1;
        throw new Error('the answer got lost');
      }
    },
    signal: stop.signal,
    logger: silentLog,
  });
  return {
    seen,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await consuming;
      await pool.end();
    },
  };
}

test('given batches whose offsets were not committed, their redelivery changes nothing', async () => {
  await using database = await createSalesDatabase();
  const group = uniqueName('group');
  await using member = await consume(database.urlFor('waybill_sales'), group, 'forget the offsets');
  await eventually(
    'everything is committed',
    async () => (await committed(brokers, group, topics)) === events,
  );
  expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(expectedTotals(orders));
  expect(member.seen.forgotten).toBe(3);
  expect(member.seen.skipped).toBeGreaterThan(0);
  expect(member.seen.applied).toBe(events);
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
  await using successor = await consume(database.urlFor('waybill_sales'), group, 'go on');
  await eventually(
    'everything is committed',
    async () => (await committed(brokers, group, topics)) === events,
  );
  expect(await readTotals(database.urlFor('waybill_ops'))).toEqual(expectedTotals(orders));
  expect(successor.seen.skipped).toBeGreaterThan(0);
});
