/**
 * A program: Graphile Worker as a relay, with the settings that its manual gives for throughput: a local queue, completed
 * jobs marked in batches. Jobs that run at the same time hand their events over together. No named queues: one per order
 * would keep the order's events apart, and be slower still.
 */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { whenOrdered } from './peer.mjs';

const concurrentJobs = 500;

/** A line per job would be most of its work. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(message);
});

whenOrdered(async ({ url, events: total }) => {
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.migrate();
  return {
    load: async (events) => {
      await utils.addJobs(events.map((payload) => ({ identifier: 'publish', payload })));
    },
    async drain(send) {
      const together = inOneGo(send);
      let done = 0;
      const finished = Promise.withResolvers();
      const runner = await run({
        preset: {
          worker: {
            connectionString: url,
            logger,
            concurrentJobs,
            maxPoolSize: 10,
            pollInterval: 100,
            localQueue: { size: concurrentJobs + 1 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
        noHandleSignals: true,
        taskList: {
          publish: async (event) => {
            await together(event);
            done += 1;
            if (done === total) finished.resolve();
          },
        },
      });
      await Promise.race([finished.promise, runner.promise]);
      await runner.stop();
    },
    close: async () => {
      await utils.release();
    },
  };
});

/** Gathers what is handed over while a batch is under way, and sends it as the next one. */
function inOneGo(send) {
  let waiting = [];
  let underWay = false;
  const sendNext = async () => {
    underWay = true;
    // Jobs that start in this turn come along.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await send(batch.map(({ event }) => event));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    underWay = false;
  };
  return (event) =>
    new Promise((resolve, reject) => {
      waiting.push({ event, resolve, reject });
      if (!underWay) void sendNext();
    });
}
