/**
 * A program: pg-boss as a relay. One worker, or an order's events overtake each other; large batches, the next one
 * fetched while this one is sent; upkeep that the measurement does not need is off.
 */
import { PgBoss } from 'pg-boss';
import { whenOrdered } from './peer.mjs';

const queue = 'outbox';
const batchSize = 2_000;

whenOrdered(async ({ url }) => {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(queue, { retryLimit: 0 });
  return {
    // Ids in the order of the events: within one insert nothing else orders them.
    load: async (events, first) => {
      await boss.insert(
        queue,
        events.map((data, index) => ({ id: idOf(first + index), data })),
      );
    },
    async drain(send) {
      let next = boss.fetch(queue, { batchSize });
      for (;;) {
        const jobs = await next;
        if (jobs.length === 0) return;
        next = boss.fetch(queue, { batchSize });
        await send(jobs.map(({ data }) => data));
        await boss.complete(
          queue,
          jobs.map(({ id }) => id),
        );
      }
    },
    close: () => boss.stop({ graceful: false }),
  };
});

function idOf(number) {
  return `0198c0de-0000-7000-9000-${number.toString(16).padStart(12, '0')}`;
}
