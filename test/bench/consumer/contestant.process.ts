/** A program: consumes topics into a projection's database to their end, in one of two ways. Its parent sends a plan. */
import { randomUUID } from 'node:crypto';
import { decodeEvent } from '@waybill/contracts';
import { createConsumer } from '@waybill/inbox';
import { kafkaMessageSource, type ReceivedMessage, runConsumer } from '@waybill/kafka';
import { wait } from '@waybill/retry';
import pg from 'pg';
import { totalChanges } from '../../../services/sales-projection/src/domain/total-change.ts';
import { addToBuyerTotals } from '../../../services/sales-projection/src/persistence/buyer-totals.sql.ts';
import { projectionOptions } from '../../../services/sales-projection/src/projection.ts';
import { silentLogger } from '../relay/silent-logger.ts';
import type { ConsumerPlan, ConsumerSpeed } from './speed.ts';

/** The same for both: what differs is how a transaction is made of messages. */
const concurrency = 4;

interface Count {
  readonly applied: () => number;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

function kit(plan: ConsumerPlan, pool: pg.Pool): Count {
  const consumer = createConsumer({
    ...projectionOptions({ pool, group: randomUUID(), topics: plan.topics, generation: 1 }),
    source: kafkaMessageSource({ ...over(plan), fromBeginning: true, concurrency }),
    deadLetterTopics: { publish: () => Promise.reject(new Error('nothing here is a dead letter')) },
  });
  return {
    applied: () => consumer.status().sinceStart.applied,
    run: (signal) => consumer.run(signal),
  };
}

/** What one writes by hand: a row that says the event is known, its effect, commit; then the next message. */
function onePerTransaction(plan: ConsumerPlan, pool: pg.Pool): Count {
  let applied = 0;
  const apply = async ({ headers, value }: ReceivedMessage): Promise<void> => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const { rowCount } = await client.query(
        'insert into bench_seen (id) values ($1) on conflict do nothing',
        [headers['ce_id']],
      );
      if (rowCount === 1) await addToBuyerTotals(client, 1, totalChanges([decodeEvent(headers, value)]));
      await client.query('commit');
    } finally {
      client.release();
    }
    applied += 1;
  };
  return {
    applied: () => applied,
    run: (signal) =>
      runConsumer({
        ...over(plan),
        group: randomUUID(),
        topics: plan.topics,
        fromBeginning: true,
        concurrency,
        onBatch: async ({ messages, signal: over }) => {
          for (const message of messages) {
            over.throwIfAborted();
            await apply(message);
          }
        },
        signal,
      }),
  };
}

function over({ brokers }: ConsumerPlan) {
  return { settings: { brokers, clientId: 'bench', requestTimeoutMs: 10_000 }, logger: silentLogger };
}

async function run(plan: ConsumerPlan): Promise<void> {
  const pool = new pg.Pool({ connectionString: plan.databaseUrl, max: concurrency + 1 });
  const { applied, run: consume } = { kit, onePerTransaction }[plan.way](plan, pool);
  const stop = new AbortController();
  const ended = consume(stop.signal);
  while (applied() === 0) await wait(2, stop.signal);
  const first = { at: performance.now(), events: applied() };
  const memory: number[] = [];
  for (let sampledAt = first.at; applied() < plan.events; ) {
    await wait(5, stop.signal);
    if (performance.now() - sampledAt < 250) continue;
    sampledAt = performance.now();
    memory.push(Math.round(process.memoryUsage.rss() / 1e6));
  }
  const speed: ConsumerSpeed = {
    events: applied(),
    eventsPerSecond: ((applied() - first.events) / (performance.now() - first.at)) * 1_000,
    memoryMegabytes: memory,
  };
  stop.abort();
  await ended.catch(() => undefined); // it was stopped in the middle of a batch
  await pool.end();
  process.send?.(speed, () => process.exit(0));
}

process.once('disconnect', () => process.exit(1));
process.once('message', (plan: ConsumerPlan) => {
  void run(plan); // what it throws ends the process, and its parent hears of that
});
