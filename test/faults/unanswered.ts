import type { Publisher } from '@waybill/outbox';

/** Counts what was sent and not acknowledged: the most that may stand in Kafka twice. */
export class Unanswered {
  /** Events of batches that failed, once per attempt. */
  events = 0;
  attempts = 0;

  readonly through = (publisher: Publisher): Publisher => ({
    publish: async (batch) => {
      try {
        return await publisher.publish(batch);
      } catch (error) {
        this.attempts += 1;
        this.events += batch.messages.length;
        throw error;
      }
    },
    probe: (topic) => publisher.probe(topic),
    close: () => publisher.close(),
  });
}
