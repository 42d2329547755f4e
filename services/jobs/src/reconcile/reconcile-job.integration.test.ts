import { randomUUID } from 'node:crypto';
import { KafkaRequestError } from '@waybill/kafka';
import type { EventLog } from '@waybill/outbox/operations';
import { expect, it } from 'vitest';
import { jobsBench } from '../jobs.fixture.ts';
import type { JobContext } from '../runs/job.ts';
import { reconcileJob } from './reconcile-job.ts';

/** Kafka without records, and without the topic order_cancelled. */
function emptyLog(): EventLog {
  return {
    async bounds(topic) {
      if (topic === 'order_cancelled') {
        throw new KafkaRequestError(`Asking for ${topic}`, new Error('no such topic'));
      }
      return Array.from({ length: 32 }, (_, partition) => ({ partition, first: 0n, end: 0n }));
    },
    offsetsAt: async () => new Map(),
    async *read() {},
    async [Symbol.asyncDispose]() {},
  };
}

it('given a topic that Kafka does not show: fails while nothing is found, else names both', async () => {
  await using bench = await jobsBench();
  const context: JobContext = {
    session: bench.pool,
    report: async () => undefined,
    signal: new AbortController().signal,
  };
  const job = reconcileJob(emptyLog);
  await expect(job.run(context)).rejects.toThrow(/^Asking for order_cancelled failed/);

  const [user, order] = [randomUUID(), randomUUID()];
  await bench.admin.query(`insert into users values ($1, 'a@b.example', 'Ada', now())`, [user]);
  await bench.admin.query(`insert into orders values ($1, $2, 'placed', 1, 1, 'EUR', now())`, [order, user]);
  expect(await job.run(context)).toMatchObject({
    orders: 1,
    differences: 1,
    findings: [
      `EVENT_MISSING: ${order} is at version 1 and has no event.`,
      expect.stringMatching(/^order_cancelled is not wholly compared with Kafka: .*no such topic/),
    ],
  });
});
