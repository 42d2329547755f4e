/**
 * A program: reads topics to their end with the bare client and counts, nothing else: what any consumer on this client
 * stays below. Its parent sends it a plan.
 */
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';

export interface BareConsumerPlan {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  /** Ends after so many. */
  readonly events: number;
}

async function run({ brokers, topics, events }: BareConsumerPlan): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'bare',
    logLevel: kafkajs.logLevel.ERROR,
  });
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 });
  const done = Promise.withResolvers<void>();
  let seen = 0;
  let firstAt = 0;
  let firstEvents = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      if (seen === 0) {
        firstAt = performance.now();
        firstEvents = batch.messages.length;
      }
      seen += batch.messages.length;
      if (seen >= events) done.resolve();
    },
  });
  await done.promise;
  const eventsPerSecond = ((seen - firstEvents) / (performance.now() - firstAt)) * 1_000;
  const result = { events: seen, eventsPerSecond, memoryMegabytes: [] };
  process.send?.(result, () => process.exit(0));
}

process.once('disconnect', () => process.exit(1));
process.once('message', (plan: BareConsumerPlan) => {
  void run(plan); // what it throws ends the process, and its parent hears of that
});
